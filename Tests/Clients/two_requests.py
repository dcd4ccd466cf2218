"""Sends two requests on one connection of http.client."""

import http.client
import os
import urllib.parse

url = urllib.parse.urlsplit(os.environ["URL"])
connection = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
for _ in range(2):
    connection.request("GET", url.path)
    print(connection.getresponse().read().decode())
