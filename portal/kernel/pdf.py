"""A Jinja template to an archivable, accessible PDF. Heavy: jobs only, so that web processes stay small."""

from base64 import b64decode

from flask import current_app

from portal.kernel.errors import Forbidden

_OWN_PICTURE = "data:image/png;base64,"


def render(template: str, **context) -> bytes:
    """The template as PDF/A-2a with tags (PDF/UA-1 structure), in Latvian. No file or address outside is read."""
    from PIL import ImageFile
    from weasyprint import HTML

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint lets the whole process take cut pictures for whole ones
    # not render_template: what pages get beside their context (who is signed in, the menu) has no place on paper
    html = current_app.jinja_env.get_template(template).render(**context)
    return HTML(string=html, base_url=None, url_fetcher=_refuse).write_pdf(pdf_variant="pdf/a-2a", pdf_tags=True)


def _refuse(url, *args, **kwargs):
    """Only pictures that the template itself carries."""
    if url.startswith(_OWN_PICTURE):
        from weasyprint.urls import URLFetcherResponse

        return URLFetcherResponse(url, b64decode(url.removeprefix(_OWN_PICTURE)), {"Content-Type": "image/png"})
    raise Forbidden(url)
