"""What an administrator sees, in the admin of any Django project.

base.py             what all pages stand on
configurations.py   the list and the form: endpoint, defaults, time limits, who may use it
forms.py            what is typed there, and its help
keys.py             the key's own page: set, replace, remove
connections.py      the buttons that call the provider: test the connection, load the models
findings.py         what a test found, in a sentence that helps
status.py           what is known of a configuration, for people to read
deployed_models.py  the models of all configurations
records.py          sessions and runs: facts, no texts
calls.py            the record of calls, likewise
prices.py           prices, from a day on
images.py           pictures, and what people may draw and keep
"""

from connector.admin import calls, configurations, deployed_models, images, prices, records

__all__ = ["calls", "configurations", "deployed_models", "images", "prices", "records"]
