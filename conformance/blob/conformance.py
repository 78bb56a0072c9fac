"""What Azure's own storage client for Python gets from a storage account.

    conformance.py URL KEY

URL is the account's address, http://127.0.0.1:PORT/blob/ACCOUNT, and KEY its
key. The account must be empty but for its datastores' containers. The client
is the unmodified azure-storage-blob.
"""

import base64
import datetime
import io
import os
import sys
import unittest
import uuid

from azure.core import MatchConditions
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import (
    BlobBlock,
    BlobClient,
    BlobServiceClient,
    ContainerClient,
    ContentSettings,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)

URL = ""
KEY = ""


def account():
    return URL.rstrip("/").rsplit("/", 1)[1]


def service():
    # Small pieces, so that little data makes many requests.
    return BlobServiceClient(
        URL,
        credential={"account_name": account(), "account_key": KEY},
        max_single_put_size=64 * 1024,
        max_block_size=32 * 1024,
        max_single_get_size=64 * 1024,
        max_chunk_get_size=48 * 1024,
        retry_total=0,
    )


def in_an_hour():
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)


class Case(unittest.TestCase):
    """Each test has a container of its own."""

    def setUp(self):
        self.service = service()
        self.name = "test-" + uuid.uuid4().hex
        self.container = self.service.create_container(self.name)
        self.addCleanup(self.service.close)
        self.addCleanup(self.container.delete_container)

    def put(self, name, data=b"hello", **options):
        return self.container.upload_blob(name, data, **options)


class Uploads(Case):
    def test_sizes(self):
        for size in (0, 1, 1000, 64 * 1024, 64 * 1024 + 1, 300_000):
            data = os.urandom(size)
            with self.subTest(size=size):
                blob = self.put(f"size/{size}", data, max_concurrency=4)
                self.assertEqual(blob.download_blob(max_concurrency=3).readall(), data)

    def test_streams(self):
        data = os.urandom(200_000)
        self.assertEqual(self.put("stream", io.BytesIO(data)).download_blob().readall(), data)
        pieces = (data[i : i + 7_000] for i in range(0, len(data), 7_000))
        self.assertEqual(self.put("pieces", pieces).download_blob().readall(), data)

    def test_no_overwrite(self):
        self.put("x")
        with self.assertRaises(ResourceExistsError):
            self.put("x")
        with self.assertRaises(ResourceExistsError):
            self.put("x", os.urandom(200_000))
        self.put("x", b"other", overwrite=True)
        self.assertEqual(self.container.download_blob("x").readall(), b"other")

    def test_validated(self):
        data = os.urandom(150_000)
        blob = self.put("x", data, validate_content=True)
        self.assertEqual(blob.download_blob(validate_content=True).readall(), data)

    def test_names(self):
        for name in ("a b", "ä/ö", "日本/語", "a+b", "100%", "a&b=c?d#e", "~x/.y", "a'b\"c<d>"):
            with self.subTest(name=name):
                self.put(name, name.encode())
                self.assertEqual(self.container.download_blob(name).readall(), name.encode())
        self.assertEqual(len(list(self.container.list_blobs())), 8)

    def test_block_list(self):
        blob = self.container.get_blob_client("x")
        ids = [base64.b64encode(f"{i:04}".encode()).decode() for i in range(3)]
        for i in ids:
            blob.stage_block(i, i.encode())
        committed, waiting = blob.get_block_list("all")
        self.assertEqual((len(committed), len(waiting)), (0, 3))
        blob.commit_block_list([BlobBlock(ids[2]), BlobBlock(ids[0])], metadata={"k": "v"})
        self.assertEqual(blob.download_blob().readall(), (ids[2] + ids[0]).encode())
        committed, waiting = blob.get_block_list("all")
        self.assertEqual([b.id for b in committed], [ids[2], ids[0]])
        self.assertEqual(waiting, [])


class Reads(Case):
    def test_ranges(self):
        data = os.urandom(200_000)
        blob = self.put("x", data)
        self.assertEqual(blob.download_blob(offset=10, length=100_000).readall(), data[10:100_010])
        self.assertEqual(blob.download_blob(offset=199_990).readall(), data[199_990:])
        with self.assertRaises(HttpResponseError) as e:
            blob.download_blob(offset=200_000, length=1)
        self.assertEqual(e.exception.error_code, "InvalidRange")

    def test_properties(self):
        blob = self.put(
            "x",
            metadata={"upload_status": "completed", "name": "n", "version": "1"},
            content_settings=ContentSettings(content_type="text/plain", cache_control="no-cache", content_language="de"),
        )
        p = blob.get_blob_properties()
        self.assertEqual(p.metadata, {"upload_status": "completed", "name": "n", "version": "1"})
        self.assertEqual(p.content_settings.content_type, "text/plain")
        self.assertEqual(p.content_settings.cache_control, "no-cache")
        self.assertEqual(p.content_settings.content_language, "de")
        self.assertEqual((p.size, p.blob_type, p.lease.state), (5, "BlockBlob", "available"))
        self.assertIsNotNone(p.creation_time)
        blob.set_blob_metadata({"upload_status": "again"})
        blob.set_http_headers(ContentSettings(content_type="text/x"))
        p = blob.get_blob_properties()
        self.assertEqual(p.metadata, {"upload_status": "again"})
        self.assertEqual((p.content_settings.content_type, p.content_settings.cache_control), ("text/x", None))

    def test_absent(self):
        self.assertFalse(self.container.get_blob_client("no").exists())
        self.assertTrue(self.container.exists())
        with self.assertRaises(ResourceNotFoundError) as e:
            self.container.download_blob("no")
        self.assertEqual(e.exception.error_code, "BlobNotFound")
        with self.assertRaises(ResourceNotFoundError) as e:
            list(self.service.get_container_client("no-such").list_blobs())
        self.assertEqual(e.exception.error_code, "ContainerNotFound")

    def test_conditions(self):
        blob = self.put("x")
        old = blob.get_blob_properties().etag
        blob.set_blob_metadata({"k": "v"})
        with self.assertRaises(ResourceModifiedError):
            blob.upload_blob(b"y", overwrite=True, etag=old, match_condition=MatchConditions.IfNotModified)
        with self.assertRaises(ResourceModifiedError):
            blob.download_blob(etag=old, match_condition=MatchConditions.IfNotModified)
        with self.assertRaises(ResourceModifiedError):
            blob.delete_blob(etag=old, match_condition=MatchConditions.IfNotModified)
        blob.delete_blob(etag=blob.get_blob_properties().etag, match_condition=MatchConditions.IfNotModified)
        with self.assertRaises(ResourceNotFoundError):
            blob.delete_blob()


class Lists(Case):
    def setUp(self):
        super().setUp()
        self.names = ["a/1", "a/2", "a/b/3", "a0", "b/4", "c"]
        for name in self.names:
            self.put(name, metadata={"k": name.replace("/", "-")})

    def test_flat(self):
        blobs = list(self.container.list_blobs(include=["metadata"], results_per_page=2))
        self.assertEqual([b.name for b in blobs], self.names)
        self.assertEqual(blobs[0].metadata, {"k": "a-1"})
        self.assertEqual(blobs[0].size, 5)
        self.assertEqual(len(blobs[0].content_settings.content_md5), 16)
        self.assertEqual([b.name for b in self.container.list_blobs(name_starts_with="a/")], self.names[:3])
        self.assertEqual(list(self.container.list_blob_names()), self.names)

    def test_pages(self):
        pages = self.container.list_blobs(results_per_page=4).by_page()
        self.assertEqual([b.name for b in next(pages)], self.names[:4])
        again = self.container.list_blobs(results_per_page=4).by_page(pages.continuation_token)
        self.assertEqual([b.name for b in next(again)], self.names[4:])

    def test_folders(self):
        # The client gives the folders of a page before its blobs.
        self.assertEqual([b.name for b in self.container.walk_blobs(delimiter="/")], ["a/", "b/", "a0", "c"])
        self.assertEqual([b.name for b in self.container.walk_blobs("a/", delimiter="/")], ["a/b/", "a/1", "a/2"])
        one_by_one = self.container.walk_blobs(delimiter="/", results_per_page=1)
        self.assertEqual([b.name for b in one_by_one], ["a/", "a0", "b/", "c"])

    def test_containers(self):
        self.container.set_container_metadata({"team": "t"})
        found = [c for c in self.service.list_containers(name_starts_with=self.name, include_metadata=True)]
        self.assertEqual([(c.name, c.metadata) for c in found], [(self.name, {"team": "t"})])
        self.assertEqual(self.container.get_container_properties().metadata, {"team": "t"})
        with self.assertRaises(ResourceExistsError):
            self.service.create_container(self.name)
        self.assertEqual(self.service.get_account_information()["account_kind"], "StorageV2")


class Batches(Case):
    def test_delete_many(self):
        names = ["a", "b/ü x", "c"]
        for name in names:
            self.put(name)
        answers = list(self.container.delete_blobs(*names))
        self.assertEqual([a.status_code for a in answers], [202, 202, 202])
        self.assertEqual(list(self.container.list_blob_names()), [])
        answers = list(self.container.delete_blobs("a", raise_on_any_failure=False))
        self.assertEqual([a.status_code for a in answers], [404])

    def test_with_a_signature(self):
        self.put("a")
        for permission, status in (("rl", 403), ("d", 202)):
            token = generate_container_sas(
                container_name=self.name, account_name=account(), account_key=KEY, expiry=in_an_hour(), permission=permission
            )
            with ContainerClient.from_container_url(f"{URL}/{self.name}?{token}") as container:
                try:
                    found = [a.status_code for a in container.delete_blobs("a", raise_on_any_failure=False)]
                except HttpResponseError as e:
                    found = [e.status_code]
                self.assertEqual(found, [status])


class Copies(Case):
    def test_copies(self):
        data = os.urandom(100_000)
        source = self.put("from", data, metadata={"a": "1"})
        copy = self.container.get_blob_client("copy")
        answer = copy.start_copy_from_url(source.url)
        self.assertEqual(answer["copy_status"], "success")
        p = copy.get_blob_properties()
        self.assertEqual((p.copy.id, p.copy.status, p.metadata), (answer["copy_id"], "success", {"a": "1"}))
        self.container.get_blob_client("sync").start_copy_from_url(source.url, requires_sync=True)
        self.container.get_blob_client("url").upload_blob_from_url(source.url)
        for name in ("copy", "sync", "url"):
            self.assertEqual(self.container.download_blob(name).readall(), data)
        with self.assertRaises(ResourceExistsError):
            copy.abort_copy(p.copy.id)


class Signatures(Case):
    def common(self, **more):
        return {"account_name": account(), "account_key": KEY, "expiry": in_an_hour(), **more}

    def test_blob(self):
        self.put("a/ü x")
        token = generate_blob_sas(container_name=self.name, blob_name="a/ü x", permission="r", **self.common())
        with BlobClient(URL, self.name, "a/ü x", credential=token) as blob:
            self.assertEqual(blob.download_blob().readall(), b"hello")
            with self.assertRaises(HttpResponseError) as e:
                blob.delete_blob()
            self.assertEqual((e.exception.status_code, e.exception.error_code), (403, "AuthorizationPermissionMismatch"))
        with BlobClient(URL, self.name, "other", credential=token) as blob:
            with self.assertRaises(HttpResponseError) as e:
                blob.upload_blob(b"x")
            self.assertEqual(e.exception.status_code, 403)

    def test_container_url(self):
        # As the Azure ML client uploads code: to an address that holds it all.
        token = generate_container_sas(container_name=self.name, permission="racwl", **self.common())
        with ContainerClient.from_container_url(f"{URL}/{self.name}?{token}") as container:
            container.upload_blob("src/train.py", b"print()")
            container.get_blob_client("src/train.py").set_blob_metadata({"upload_status": "completed"})
            self.assertEqual([b.name for b in container.list_blobs(include="metadata")], ["src/train.py"])
            with self.assertRaises(HttpResponseError):
                container.delete_blob("src/train.py")

    def test_account(self):
        token = generate_account_sas(resource_types="sco", permission="rl", **self.common())
        with BlobServiceClient(URL, credential=token) as anyone:
            self.assertIn(self.name, [c.name for c in anyone.list_containers()])
            with self.assertRaises(HttpResponseError) as e:
                anyone.create_container("no-such")
            self.assertEqual(e.exception.status_code, 403)

    def test_key_alone(self):
        # Then the client takes the whole path for the account, and signs with it.
        with BlobServiceClient(URL, credential=KEY, retry_total=0) as plain:
            self.assertIn(self.name, [c.name for c in plain.list_containers()])

    def test_expired(self):
        self.put("x")
        past = in_an_hour() - datetime.timedelta(hours=2)
        token = generate_blob_sas(container_name=self.name, blob_name="x", permission="r", **self.common(expiry=past))
        with BlobClient(URL, self.name, "x", credential=token) as blob:
            with self.assertRaises(ClientAuthenticationError):
                blob.download_blob()

    def test_wrong_key(self):
        wrong = {"account_name": account(), "account_key": base64.b64encode(b"x" * 32).decode()}
        with BlobServiceClient(URL, credential=wrong, retry_total=0) as stranger:
            with self.assertRaises(ClientAuthenticationError):
                list(stranger.list_containers())
        with BlobServiceClient(URL, retry_total=0) as nobody:
            with self.assertRaises(HttpResponseError) as e:
                list(nobody.list_containers())
            self.assertEqual(e.exception.status_code, 403)


if __name__ == "__main__":
    URL, KEY = sys.argv[1].rstrip("/"), sys.argv[2]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
