"""The session that goes on now, for everybody (13.3; LAW-16, 18)."""

from blueprints.public import bp
from portal.council import service as council
from portal.kernel import clock
from portal.kernel.web import public, render


@bp.route("/council/live")
@public
def live():
    """What is being heard, whether there is a quorum, who voted how. Of closed parts only that they are closed."""
    going, coming = council.live_sessions()
    answer = render("public/live.html", partial="public/_live.html", going=going, coming=coming, now=clock.now())
    answer.headers["Cache-Control"] = "public, max-age=0, s-maxage=1"  # a proxy serves all who ask in the same second
    return answer
