def init():
    pass


def run(batch):
    return [1 for _ in batch]
