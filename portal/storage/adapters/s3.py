"""Blobs as objects of a bucket in any store that speaks S3."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from portal.kernel.errors import ExternalUnavailable
from portal.kernel.i18n import _


class S3Store:
    """A `ports.Store` at `s3://bucket/prefix?endpoint=https://…&region=…`.
    Credentials come the way boto3 finds them: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or a file."""

    def __init__(self, url, staging):
        import boto3  # heavy, and not needed by an instance that keeps files
        from botocore.config import Config

        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self._bucket = parts.netloc
        self._prefix = parts.path.strip("/") + "/" if parts.path.strip("/") else ""
        self._staging = staging
        staging.mkdir(parents=True, exist_ok=True)
        self._client = boto3.client(
            "s3",
            endpoint_url=options.get("endpoint"),
            region_name=options.get("region", "eu-north-1"),
            config=Config(
                connect_timeout=10,
                read_timeout=30,
                retries={"max_attempts": 4, "mode": "standard"},
                s3={"addressing_style": "path"},
            ),
        )

    def staging(self):
        """Local folder in which an upload is made ready: its address is known only when all bytes were read."""
        return self._staging

    def keep(self, address, path):
        """Upload; S3 shows an object only when it is whole."""
        with _answers():
            self._client.upload_file(str(path), self._bucket, self._key(address))
        path.unlink()

    def size(self, address):
        """Length in bytes, None when missing."""
        try:
            with _answers():
                return self._client.head_object(Bucket=self._bucket, Key=self._key(address))["ContentLength"]
        except FileNotFoundError:
            return None

    def open(self, address, start=0):
        """The object's bytes from `start` on."""
        with _answers():
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(address), Range=f"bytes={start}-")
        return answer["Body"]

    def remove(self, address):
        """Delete the object; S3 answers alike when there is none."""
        with _answers():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(address))

    def patch(self, address, changes):
        """Objects cannot be changed in place: fetch, change, put back whole."""
        handle, name = tempfile.mkstemp(dir=self._staging)
        path = Path(name)
        try:
            with os.fdopen(handle, "w+b") as file:
                with self.open(address) as body:
                    shutil.copyfileobj(body, file, 1024 * 1024)
                for offset, data in changes:
                    file.seek(offset)
                    file.write(data)
            self.keep(address, path)
        finally:
            path.unlink(missing_ok=True)

    def _key(self, address):
        return f"{self._prefix}{address[:2]}/{address}"


@contextmanager
def _answers():
    """Turn boto3's errors into ours."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404", "NotFound"):
            raise FileNotFoundError(str(error)) from error
        raise ExternalUnavailable(_("The file store does not answer; try again in a few minutes")) from error
    except (BotoCoreError, Boto3Error) as error:
        raise ExternalUnavailable(_("The file store does not answer; try again in a few minutes")) from error
