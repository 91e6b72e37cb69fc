"""The operation as an OpenAPI document, for tools that read one; schemathesis is the first of them.

The shapes come from the installed service model at run time, and what other documents say of the values
from :mod:`conformance.openapi_values`: so most of what a tool makes of the document is valid, and what it
breaks is really broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance import model
from conformance.openapi_values import SERVICE_ARN, Schema, pairs, values
from strategies.pools import ANYWHERE, ValuePools

VERSION = "3.1.0"
TARGET = "X-Amz-Target"
_REQUEST, _ANSWER, _ERROR, _FAULT = ("Update", "UpdateAnswer", "Error", "ServerError")
_TASK_DEFINITION = "taskDefinitionArn"
# API reference, UpdateExpressGatewayService, taskDefinitionArn.
_EXCLUDED = ("primaryContainer", "executionRoleArn", "taskRoleArn", "cpu", "memory", "cpuArchitecture")
_FAULTS = 500  # HTTP
_SIGNATURE = "SigV4"
# API Gateway Developer Guide, "x-amazon-apigateway-authtype": OpenAPI has no type of its own for it.
_SCHEME = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "description": "Signature Version 4",
    "x-amazon-apigateway-authtype": "awsSigv4",
}
_TYPES = {
    "string": "string",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "timestamp": "number",
    "boolean": "boolean",
    "list": "array",
    "map": "object",
    "structure": "object",
}


def document(
    *,
    service_arn: str = "",
    task_definition_arn: str = "",
    pools: ValuePools = ANYWHERE,
    with_target: bool = True,
) -> dict[str, Any]:
    """The operation as an OpenAPI 3.1 document.

    Args:
        service_arn: a service that exists: the only value for it then, so that requests reach the update
            itself. Sizes are then those that go with each other, so that any of them goes with what the
            service has; without it, all pairs that Fargate offers.
        task_definition_arn: a customer's task definition that exists; likewise the only value. Where a
            service is given and this is not, no request names one: an unknown one would be refused.
        pools: the values that exist at the target.
        with_target: whether the header that names the operation is a parameter, and the signature a security
            scheme; otherwise who sends the requests has to add both, and none of them is spent on wrong ones.

    Raises:
        ModelError: the installed botocore does not know the operation.
    """
    metadata = model.service_model().metadata
    return {
        "openapi": VERSION,
        "info": {
            "title": f"Amazon ECS, {model.OPERATION}",
            "version": metadata["apiVersion"],
            "description": f"Derived from botocore {model.botocore_version()}; requests are signed with "
            f"Signature Version 4 for the service {metadata.get('signingName', metadata['endpointPrefix'])}.",
        },
        "paths": {"/": {"post": _operation(with_target=with_target)}},
        "components": {
            "schemas": {
                _REQUEST: _request(service_arn, task_definition_arn, pools),
                _ANSWER: _answer(service_arn),
                _ERROR: _error(400),
                _FAULT: _error(_FAULTS),
            },
            **({"securitySchemes": {_SIGNATURE: _SCHEME}} if with_target else {}),
        },
    }


def is_service_arn(text: str) -> bool:
    """Whether a text is the ARN of a service."""
    return SERVICE_ARN.fullmatch(text) is not None


def live_service(document: Mapping[str, Any]) -> str:
    """The ARN of the one service that such a document is about; empty if it is about any."""
    members = document["components"]["schemas"][_REQUEST]["properties"]
    return str(members["serviceArn"].get("const", ""))


def _operation(*, with_target: bool) -> dict[str, Any]:
    """The one path item. All operations of the protocol share it, and the header says which one is meant."""
    target = {
        "name": TARGET,
        "in": "header",
        "required": True,
        "schema": {"type": "string", "const": model.target_header(model.OPERATION)},
    }
    return {
        "operationId": model.OPERATION,
        "summary": "Update an Express service.",
        "externalDocs": {"url": model.API_PAGE},
        "parameters": [target] if with_target else [],
        **({"security": [{_SIGNATURE: []}]} if with_target else {}),
        "requestBody": {"required": True, "content": _content(_REQUEST)},
        "responses": {
            "200": _response("The service, as it will be.", _ANSWER),
            "400": _response("The request is refused.", _ERROR),
            "500": _response("The service failed.", _FAULT),
        },
    }


def _content(schema: str) -> dict[str, Any]:
    return {model.content_type(): {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _response(description: str, schema: str) -> dict[str, Any]:
    # Smithy, AWS JSON protocols: the id of each request is in this header.
    request_id = {"required": True, "schema": {"type": "string", "minLength": 1}}
    return {
        "description": description,
        "headers": {"x-amzn-RequestId": request_id},
        "content": _content(schema),
    }


def _request(service_arn: str, task_definition_arn: str, pools: ValuePools) -> Schema:
    shape = model.service_model().operation_model(model.OPERATION).input_shape
    known = values(service_arn=service_arn, task_definition_arn=task_definition_arn, pools=pools)
    schema = _schema(shape, "", known, closed=True)
    members = schema["properties"]
    if service_arn and not task_definition_arn:
        del members[_TASK_DEFINITION]
    else:
        excluded = {name: False for name in _EXCLUDED if name in members}
        schema["dependentSchemas"] = {_TASK_DEFINITION: {"properties": excluded}}
    # Whether an update may change nothing is not documented, and a tool would send little else.
    return {**schema, **({"minProperties": 2} if service_arn else {"allOf": pairs()})}


def _answer(service_arn: str) -> Schema:
    """The answer's schema: a service may grow members, so it is open, and the model requires few."""
    shape = model.service_model().operation_model(model.OPERATION).output_shape
    known: dict[str, Schema] = {"": {"required": ["service"]}, "service": {"required": ["serviceArn"]}}
    if service_arn:
        known["service.serviceArn"] = {"const": service_arn}
    return _schema(shape, "", known, closed=False)


def _error(status: int) -> Schema:
    """An error of that status: before its name there may be a namespace, and behind it a URI."""
    names = sorted(error.name for error in model.operation().errors if error.status == status)
    # Any request can also be refused with one of the errors that all of AWS's services share.
    name = "|".join(names) if status == _FAULTS else "[A-Z][A-Za-z]+"
    return {
        "type": "object",
        "properties": {
            "__type": {"type": "string", "pattern": f"^([^#]+#)?({name})(:.*)?$"},
            "message": {"type": "string", "minLength": 1},
        },
        "required": ["__type", "message"],
    }


def _schema(shape: Any, path: str, known: Mapping[str, Schema], *, closed: bool) -> Schema:
    """The JSON Schema of a botocore shape, with what is known of the values at each path."""
    schema: Schema = {"type": _TYPES[shape.type_name]}
    if shape.type_name == "structure":
        schema["properties"] = {
            name: _schema(child, f"{path}.{name}" if path else name, known, closed=closed)
            for name, child in shape.members.items()
        }
        if shape.required_members:
            schema["required"] = list(shape.required_members)
        if closed:
            schema["additionalProperties"] = False
    elif shape.type_name == "list":
        schema["items"] = _schema(shape.member, f"{path}[]", known, closed=closed)
    elif shape.type_name == "integer":
        schema["format"] = "int32"
    if getattr(shape, "enum", None):
        schema["enum"] = list(shape.enum)
    return {**schema, **known.get(path, {})}
