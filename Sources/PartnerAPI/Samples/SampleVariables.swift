import PharmacyDomain

/// The values of an example request that differ for each partner. Samples read them from environment variables.
enum SampleVariables {
    /// The variable of a path parameter.
    static func name(parameter: String, of operation: Operation) -> String {
        switch (parameter, operation.tag) {
        case ("client_id", _): "CLIENT_ID"
        case ("pharmacy", _): "PHARMACY_ID"
        case ("id", _): "DELIVERY_ID"
        case ("request_id", _): "REQUEST_ID"
        case ("medication_id", _): "MEDICATION_ID"
        case _ where operation.path.hasPrefix("webhooks/endpoints/"): "ENDPOINT_ID"
        case _ where operation.path.hasPrefix("patients/"): "PATIENT_ID"
        default: "ORDER_ID"
        }
    }

    /// The variables of members of a body.
    static let members = [
        "client_id": "CLIENT_ID", "client_secret": "CLIENT_SECRET", "refresh_token": "REFRESH_TOKEN",
        "token": "REFRESH_TOKEN", "patient_id": "PATIENT_ID", "pharmacy_id": "PHARMACY_ID",
        "medication_id": "MEDICATION_ID",
    ]
}

/// The syntax of one language's literals, for the body of an example request.
struct SampleSyntax: Sendable {
    var object = (open: "{", close: "}")
    var nameSeparator = ": "
    var null = "null"
    var yes = "true"
    var no = "false"
    /// Whether a comma may follow the last element.
    var hasTrailingCommas = true
    /// An expression for an environment variable.
    let variable: @Sendable (String) -> String

    /// A literal for a value, over several lines if it is an object.
    func literal(_ value: JSON, variables: [String: String] = SampleVariables.members, indentation: String) -> String {
        switch value {
        case .object(let members):
            let inner = indentation + "  "
            let lines = members.map { member in
                let value =
                    variables[member.name].map(variable)
                    ?? literal(member.value, variables: variables, indentation: inner)
                return "\(inner)\(JSON.string(member.name).written)\(nameSeparator)\(value)"
            }
            let end = hasTrailingCommas ? ",\n" : "\n"
            return "\(object.open)\n\(lines.joined(separator: ",\n"))\(end)\(indentation)\(object.close)"
        case .array(let elements):
            return "[" + elements.map { literal($0, indentation: indentation) }.joined(separator: ", ") + "]"
        case .null: return null
        case .bool(let value): return value ? yes : no
        case .integer, .number, .string: return value.written
        }
    }
}
