"""Places where blobs lie: a folder, or any object store that speaks S3."""
