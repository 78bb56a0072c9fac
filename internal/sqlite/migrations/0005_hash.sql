-- Versions by the hash that the client gives which registers them: whoever has
-- the same content asks for it before it uploads, and knows no name.
CREATE INDEX resources_hash ON resources
    (scope, collection, json_extract(body, '$.properties.properties.hash_sha256'), created, id, archived, anonymous)
    WHERE version <> '' AND json_extract(body, '$.properties.properties.hash_sha256') IS NOT NULL;
