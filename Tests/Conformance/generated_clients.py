"""Generates clients from the server's OpenAPI document and places an order with two of them.

Uses two generators that partners use: openapi-generator (a Java program, from PyPI's openapi-generator-cli) and
openapi-python-client. Every generated Python module must compile and load, and the guide's quick start must work with
the generated calls. The clients that openapi-generator writes for other languages must contain every operation.

Usage: generated_clients.py ORIGIN SETUP_TOKEN
Exits with a status other than 0, and prints the reason, if a client is not usable.
"""

import compileall
import importlib
import json
import pkgutil
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from provision import PATIENT

TENANT = "sandbox"
# Languages whose clients are inspected but not run.
OTHER_LANGUAGES = ["java", "typescript-fetch", "csharp", "go", "php"]


def check(condition, what):
    if not condition:
        raise SystemExit(f"generated_clients: {what}")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"{' '.join(command)}: {done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout + done.stderr


def tool(name):
    """Returns the path of a program in the directory of this Python."""
    return str(Path(sys.executable).parent / name)


def generate_with_openapi_generator(document, language, directory):
    """Generates only the sources, without documents and tests."""
    output = run(
        tool("openapi-generator-cli"), "generate", "--input-spec", document, "--generator-name", language,
        "--output", str(directory), "--package-name", "generated_by_openapi_generator", "--global-property",
        "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false",
    )  # fmt: skip
    check("FILEPATH_COLLISION" not in output, f"{language}: two classes have the same name: {output[-4000:]}")


def load_all(name, directory):
    """Compiles and imports every module of a package."""
    check(compileall.compile_dir(directory / name, quiet=1), f"{name} does not compile")
    package = importlib.import_module(name)
    count = 0
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(module.name)
        count += 1
    check(count > 50, f"{name} has only {count} modules; more than 50 are expected")
    return package


TERMS = {"dispense_quantity": 4, "days_supply": 28, "order_id": "ORD-GENERATED", "customer_id": "CUST-1"}


def order_with_openapi_generator(origin, setup_token):
    """Completes the quick start with openapi-generator's client."""
    import generated_by_openapi_generator as client

    configuration = client.Configuration(host=origin, access_token=setup_token)
    api = client.ApiClient(configuration)
    authentication = client.AuthenticationApi(api)
    made = authentication.create_credential(TENANT, credential_request=client.CredentialRequest(name="Generated")).data
    grant = client.ClientCredentialsGrant(client_id=str(made.client_id), client_secret=made.client_secret)
    tokens = authentication.issue_token(TENANT, client.TokenRequest(grant))
    check(tokens.expires_in == 2592000, f"expires_in is {tokens.expires_in}, not 2592000")
    configuration.access_token = tokens.access_token

    pharmacies = client.PharmaciesApi(api)
    pharmacy = pharmacies.list_pharmacies(TENANT).data[0]
    medication = pharmacies.list_medications(TENANT, pharmacy.id).data[0]
    patients = client.PatientsApi(api)
    patient = patients.create_patient(TENANT, client.NewPatient.from_dict(PATIENT)).data
    found = patients.get_patient(TENANT, patient.uuid).data
    check(str(found.uuid) == str(patient.uuid), "get_patient returned another patient")
    orders = client.OrdersApi(api)
    body = TERMS | {
        "patient_id": str(patient.uuid),
        "pharmacy_id": str(pharmacy.id),
        "medication_id": medication.medication_id,
    }
    order = orders.submit_order(TENANT, client.NewOrder.from_dict(body)).data
    read = orders.get_order(TENANT, order.uuid).data
    check(read.order_id == "ORD-GENERATED", "get_order returned another order")
    listed = orders.list_orders(TENANT, patient_id=patient.uuid)
    check([str(each.uuid) for each in listed.data] == [str(order.uuid)], "list_orders returned other orders")
    try:
        patients.create_patient(TENANT, client.NewPatient.from_dict(PATIENT | {"zip": "78701-12"}))
        check(False, "an invalid ZIP code was accepted")
    except (client.ApiException, ValueError):
        pass


def order_with_openapi_python_client(origin, setup_token):
    """Completes the quick start with openapi-python-client's client."""
    name = "generated_by_openapi_python_client"

    def call(operation, client, *arguments, **named):
        module = importlib.import_module(f"{name}.api.{operation}")
        response = module.sync_detailed(TENANT, *arguments, client=client, **named)
        check(response.status_code < 300, f"{operation}: {response.status_code} {response.content!r}")
        return response.parsed

    package = importlib.import_module(name)
    models = importlib.import_module(f"{name}.models")
    made = call(
        "authentication.create_credential", package.AuthenticatedClient(base_url=origin, token=setup_token),
        body=models.CredentialRequest(name="Generated"),
    ).data  # fmt: skip
    grant = models.ClientCredentialsGrant(client_id=str(made.client_id), client_secret=made.client_secret)
    tokens = call("authentication.issue_token", package.Client(base_url=origin), body=grant)
    client = package.AuthenticatedClient(base_url=origin, token=tokens.access_token)

    pharmacy = call("pharmacies.list_pharmacies", client).data[0]
    medication = call("pharmacies.list_medications", client, pharmacy.id).data[0]
    patient = call("patients.create_patient", client, body=models.NewPatient.from_dict(PATIENT)).data
    body = TERMS | {
        "patient_id": str(patient.uuid),
        "pharmacy_id": str(pharmacy.id),
        "medication_id": medication.medication_id,
    }
    order = call("orders.submit_order", client, body=models.NewOrder.from_dict(body)).data
    read = call("orders.get_order", client, order.uuid).data
    check(read.order_id == "ORD-GENERATED", "get_order returned another order")
    listed = call("orders.list_orders", client, patient_id=patient.uuid)
    check([each.uuid for each in listed.data] == [order.uuid], "list_orders returned other orders")


def operations(document):
    """Returns the ids of the operations that partners call, and of the webhooks that they receive."""
    with urllib.request.urlopen(document, timeout=15) as response:
        described = json.load(response)

    def ids(items):
        return {operation["operationId"] for item in items.values() for operation in item.values()}

    return ids(described["paths"]), ids(described["components"]["pathItems"])


def inspect_client(language, directory, called, received):
    """Checks that a client has every operation and no webhook, which would replace a class of the same name."""
    suffixes = {".java", ".ts", ".cs", ".go", ".php"}
    text = "".join(path.read_text(encoding="utf-8") for path in directory.rglob("*") if path.suffix in suffixes)
    # C# adds `Async` to the names of its methods.
    words = {word.lower().removesuffix("async") for word in re.findall(r"\w+", text)}
    missing = sorted(operation for operation in called if operation.lower() not in words)
    check(not missing, f"{language} lacks {', '.join(missing)}")
    beyond = sorted(operation for operation in received if operation.lower() in words)
    check(not beyond, f"{language} has operations for webhooks: {', '.join(beyond)}")


def main(origin, setup_token):
    document = f"{origin}/openapi.json"
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        sys.path.insert(0, name)

        generate_with_openapi_generator(document, "python", directory)
        load_all("generated_by_openapi_generator", directory)
        order_with_openapi_generator(origin, setup_token)

        configuration = directory / "configuration.yaml"
        # It has no name of its own for texts that are not JSON.
        overrides = "content_type_overrides:\n  text/csv: application/octet-stream\n"
        configuration.write_text("post_hooks: []\n" + overrides, encoding="utf-8")
        package = directory / "generated_by_openapi_python_client"
        output = run(
            tool("openapi-python-client"), "generate", "--url", document, "--output-path", str(package), "--meta",
            "none", "--config", str(configuration), "--fail-on-warning",
        )  # fmt: skip
        check("WARNING" not in output.upper(), output)
        load_all(package.name, directory)
        order_with_openapi_python_client(origin, setup_token)

        called, received = operations(document)
        counts = f"the document has {len(called)} operations and {len(received)} webhooks"
        check(len(called) > 30 and len(received) == 10, counts)
        for language in OTHER_LANGUAGES:
            generate_with_openapi_generator(document, language, directory / language)
            inspect_client(language, directory / language, called, received)
    print(f"generated clients: placed orders with 2, inspected {len(OTHER_LANGUAGES)} more")


if __name__ == "__main__":
    main(*sys.argv[1:])
