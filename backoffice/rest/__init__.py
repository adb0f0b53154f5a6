"""What every endpoint of the intake API has in common: problems, limits, pages, and the same request again.

Example for an app's api.py:

    from backoffice.rest.pages import Page, PageQuery
    from backoffice.rest.problems import answers
    from backoffice.rest.reading import Choice, Reference, StrictSerializer, Text, read_body, read_query
    from backoffice.rest.views import ApiView, created_or_same

    answers(services.ThingGone, status=409)

    class ThingView(ApiView):
        required_scope = Scope.PAYMENTS

        @extend_schema(request=ThingRequest, responses={201: ThingAnswer, 200: ThingAnswer})
        def post(self, request: Request) -> Response:
            asked = read_body(request, ThingRequest)
            thing, status = created_or_same(
                lambda: services.create_thing(**asked, actor=self.actor, now=timezone.now()),
                digest=request_digest(...),
            )
            return Response(ThingAnswer(thing).data, status=status)

A service's Refusal becomes a problem with its own sentence; `answers(...)` says with which status. (Nothing is
imported here: DRF loads some of these modules by the settings, while it is loading itself.)
"""
