/// `--schema`: the text of share/email.schema.json. A test holds the two together.
enum EmailSchema {
    /// JSON Schema, draft 2020-12.
    static let text = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:mailpipe:email",
          "title": "One message, as mime2json prints it (profile email); mailjson(5) says what the members mean",
          "anyOf": [
            { "$ref": "#/$defs/document" },
            { "$ref": "#/$defs/notConverted" }
          ],
          "$defs": {
            "document": {
              "type": "object",
              "allOf": [{ "$ref": "#/$defs/content" }],
              "properties": {
                "id": { "$ref": "#/$defs/id" },
                "envelope": { "$ref": "#/$defs/envelope" },
                "auth": { "type": "array", "items": { "$ref": "#/$defs/verdict" }, "minItems": 1 },
                "raw": { "$ref": "#/$defs/raw" }
              },
              "required": ["id"],
              "unevaluatedProperties": false
            },
            "embeddedDocument": {
              "type": "object",
              "allOf": [{ "$ref": "#/$defs/content" }],
              "properties": {
                "partId": { "$ref": "#/$defs/partId" }
              },
              "required": ["partId"],
              "unevaluatedProperties": false
            },
            "notConverted": {
              "type": "object",
              "properties": {
                "id": { "$ref": "#/$defs/id" },
                "size": { "$ref": "#/$defs/size" },
                "envelope": { "$ref": "#/$defs/envelope" },
                "raw": { "$ref": "#/$defs/raw" },
                "defects": {
                  "type": "array",
                  "prefixItems": [
                    {
                      "type": "object",
                      "properties": {
                        "code": { "const": "notConverted" },
                        "partId": { "type": "null" },
                        "detail": { "type": "string" }
                      },
                      "required": ["code", "partId", "detail"],
                      "additionalProperties": false
                    }
                  ],
                  "items": false,
                  "minItems": 1
                }
              },
              "required": ["id", "size", "defects"],
              "additionalProperties": false
            },
            "content": {
              "properties": {
                "size": { "$ref": "#/$defs/size" },
                "receivedAt": { "type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$" },
                "messageId": { "$ref": "#/$defs/ids" },
                "inReplyTo": { "$ref": "#/$defs/ids" },
                "references": { "$ref": "#/$defs/ids" },
                "from": { "$ref": "#/$defs/addresses" },
                "sender": { "$ref": "#/$defs/addresses" },
                "replyTo": { "$ref": "#/$defs/addresses" },
                "to": { "$ref": "#/$defs/addresses" },
                "cc": { "$ref": "#/$defs/addresses" },
                "bcc": { "$ref": "#/$defs/addresses" },
                "subject": { "type": ["string", "null"] },
                "sentAt": {
                  "type": ["string", "null"],
                  "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[+-]\\d\\d:\\d\\d)$"
                },
                "text": { "type": "string" },
                "html": { "type": ["string", "null"] },
                "textSource": { "enum": ["plain", "html"] },
                "preview": { "type": "string", "maxLength": 256 },
                "reply": {
                  "type": "object",
                  "properties": {
                    "text": { "type": "string" },
                    "quoted": { "type": "string", "minLength": 1 },
                    "signature": { "type": "string", "minLength": 1 },
                    "method": { "enum": ["html", "attribution", "header", "quoteMarks", "none"] }
                  },
                  "required": ["text", "method"],
                  "additionalProperties": false
                },
                "matchedHeaders": {
                  "type": "object",
                  "additionalProperties": { "type": "array", "items": { "type": "string" }, "minItems": 1 },
                  "minProperties": 1
                },
                "headers": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": { "name": { "type": "string" }, "value": { "type": "string" } },
                    "required": ["name", "value"],
                    "additionalProperties": false
                  },
                  "minItems": 1,
                  "maxItems": 10000
                },
                "attachments": { "type": "array", "items": { "$ref": "#/$defs/attachment" }, "minItems": 1 },
                "bodyStructure": { "$ref": "#/$defs/node" },
                "embedded": { "type": "array", "items": { "$ref": "#/$defs/embeddedDocument" }, "minItems": 1 },
                "auto": {
                  "type": "object",
                  "properties": {
                    "autoSubmitted": { "type": "boolean" },
                    "list": { "type": ["string", "null"] },
                    "bounce": { "type": "boolean" }
                  },
                  "required": ["autoSubmitted", "list", "bounce"],
                  "additionalProperties": false
                },
                "defects": { "type": "array", "items": { "$ref": "#/$defs/defect" }, "minItems": 1 }
              },
              "required": [
                "size", "messageId", "inReplyTo", "references", "from", "sender", "replyTo", "to", "cc", "bcc", "subject",
                "sentAt", "text", "html", "preview", "bodyStructure", "auto"
              ]
            },
            "id": {
              "type": "string",
              "pattern": "^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|sha256-[0-9a-f]{64})$"
            },
            "size": { "type": "integer", "minimum": 0 },
            "partId": { "type": "string", "pattern": "^[1-9][0-9]*(\\.[1-9][0-9]*)*(\\.uu[1-9][0-9]*)?$" },
            "base64": { "type": "string", "pattern": "^[A-Za-z0-9+/]*={0,2}$", "contentEncoding": "base64" },
            "sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
            "ids": { "type": ["array", "null"], "items": { "type": "string" }, "minItems": 1 },
            "addresses": {
              "type": ["array", "null"],
              "items": {
                "type": "object",
                "properties": { "name": { "type": ["string", "null"] }, "email": { "type": "string" } },
                "required": ["name", "email"],
                "additionalProperties": false
              }
            },
            "envelope": {
              "type": "object",
              "properties": {
                "mailFrom": { "type": ["string", "null"] },
                "rcptTo": { "type": "array", "items": { "type": "string" } },
                "helo": { "type": "string" },
                "remoteIp": { "type": "string" },
                "remoteHost": { "type": ["string", "null"] },
                "protocol": { "type": "string" },
                "tls": {
                  "type": "object",
                  "properties": { "version": { "type": "string" }, "cipher": { "type": "string" } },
                  "required": ["version"],
                  "additionalProperties": false
                }
              },
              "required": ["mailFrom", "rcptTo", "remoteHost"],
              "additionalProperties": false
            },
            "attachment": {
              "type": "object",
              "properties": {
                "partId": { "$ref": "#/$defs/partId" },
                "name": { "type": ["string", "null"] },
                "type": { "type": "string" },
                "size": { "$ref": "#/$defs/size" },
                "disposition": { "type": ["string", "null"] },
                "cid": { "type": ["string", "null"] },
                "charset": { "type": ["string", "null"] },
                "sha256": { "$ref": "#/$defs/sha256" },
                "content": { "$ref": "#/$defs/base64" },
                "path": { "type": "string" }
              },
              "required": ["partId", "name", "type", "size", "disposition", "cid", "charset"],
              "not": { "required": ["content", "path"] },
              "additionalProperties": false
            },
            "node": {
              "type": "object",
              "properties": {
                "partId": { "anyOf": [{ "$ref": "#/$defs/partId" }, { "type": "null" }] },
                "type": { "type": "string" },
                "charset": { "type": "string" },
                "name": { "type": "string" },
                "disposition": { "type": "string" },
                "cid": { "type": "string" },
                "size": { "$ref": "#/$defs/size" },
                "subParts": { "type": "array", "items": { "$ref": "#/$defs/node" }, "minItems": 1 }
              },
              "required": ["partId", "type"],
              "additionalProperties": false
            },
            "verdict": {
              "type": "object",
              "properties": {
                "method": { "type": "string" },
                "result": { "type": "string" },
                "properties": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": { "name": { "type": "string" }, "value": { "type": "string" } },
                    "required": ["name", "value"],
                    "additionalProperties": false
                  },
                  "minItems": 1
                }
              },
              "required": ["method", "result"],
              "additionalProperties": false
            },
            "raw": {
              "type": "object",
              "properties": {
                "sha256": { "$ref": "#/$defs/sha256" },
                "content": { "$ref": "#/$defs/base64" }
              },
              "minProperties": 1,
              "additionalProperties": false
            },
            "defect": {
              "type": "object",
              "properties": {
                "code": {
                  "enum": [
                    "headerLine", "fieldLimit", "headerEnd", "mboxLine", "boundaryMissing", "boundaryNotFound",
                    "boundaryNotClosed", "depthLimit", "partLimit", "contentType", "transferEncoding", "base64",
                    "quotedPrintable", "uuencode", "charset", "undecodable", "unlabelled", "nul", "encodedWord",
                    "address", "date", "htmlLimit", "defectLimit"
                  ]
                },
                "partId": { "anyOf": [{ "$ref": "#/$defs/partId" }, { "type": "null" }] },
                "detail": { "type": "string" }
              },
              "required": ["code", "partId", "detail"],
              "additionalProperties": false
            }
          }
        }

        """#
}
