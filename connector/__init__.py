"""The connector: OpenAI, Azure OpenAI and every server that speaks their API, for any Django project.

The map of this house. Imports go down only; import-linter holds every line of it.

    testing/      for the tests of other projects: the sandbox, or recorded answers, in place of a provider
    admin/        what an administrator sees
    runs/         what is happening now: work that outlives the browser
    activities/   what a Django developer calls
    models/       what we remember
    sandbox/      a stand-in provider, for use without a key
    operations/   what can be asked: one module per endpoint
    catalogue/    what each model family takes, costs, and until when it lives
    client/       how we talk: errors, wire, endpoint, transport, server-sent events

`client`, `catalogue`, `operations` and the sandbox's replies know nothing of Django.
"""
