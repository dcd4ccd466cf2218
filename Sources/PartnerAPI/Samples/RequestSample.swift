import HTTPTypes
import PharmacyDomain

/// An example request of an operation, as a complete program in each language. It prints the response's body, and fails if
/// the response is an error. Nothing but the language's own standard library is needed.
package struct RequestSample: Sendable {
    let operation: Operation
    /// The tenant's base URL, such as `http://localhost:8082/pharmacy/sandbox/api/v1`.
    let base: String

    package init(_ operation: Operation, base: String) {
        self.operation = operation
        self.base = base
    }

    /// The environment variables of members of a body that differ for each partner.
    package static let variables = SampleVariables.members

    /// The environment variable of a path parameter.
    package static func variable(of parameter: String, in operation: Operation) -> String {
        SampleVariables.name(parameter: parameter, of: operation)
    }

    package func text(in language: SampleLanguage) -> String {
        switch language {
        case .curl: curl
        case .javascript: javaScript
        case .python: python
        case .php: php
        case .swift: swift
        }
    }

    /// The literal body; `nil` for a request without a body.
    private var body: JSON? { operation.body?.examples.first?.value }

    /// The variable with the bearer token; `nil` for operations without one.
    private var token: String? {
        switch operation.access {
        case .bearer: "ACCESS_TOKEN"
        case .setupTokenOrBearer: "SETUP_TOKEN"
        case .open, .clientCredentials: nil
        }
    }

    /// Whether the request is sent with a key of its own, so that it can be repeated safely.
    private var hasKey: Bool {
        [.patients, .orders].contains(operation.tag) && operation.parameters.contains { $0.name == "Idempotency-Key" }
    }

    /// The URL with the variables in it.
    /// - Parameter variable: a variable as it is written within a string.
    private func url(_ variable: (String) -> String) -> String {
        let segments = operation.path.split(separator: "/").map { segment in
            segment.hasPrefix("{")
                ? variable(SampleVariables.name(parameter: String(segment.dropFirst().dropLast()), of: operation))
                : String(segment)
        }
        return "\(base)/\(segments.joined(separator: "/"))"
    }

    /// The header fields.
    /// - Parameters:
    ///   - variable: a variable as it is written within a string.
    ///   - key: an expression within a string for a new idempotency key.
    private func headers(_ variable: (String) -> String, key: String) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let token { headers.append(("Authorization", "Bearer \(variable(token))")) }
        if hasKey { headers.append(("Idempotency-Key", key)) }
        if body != nil { headers.append(("Content-Type", "application/json")) }
        return headers
    }

    // MARK: Languages

    private var curl: String {
        let variable = { (name: String) in "$\(name)" }
        var lines = ["curl -sS --fail-with-body"]
        if operation.method != .get, operation.method != .post || body == nil {
            lines[0] += " -X \(operation.method.rawValue)"
        }
        lines.append("  \"\(url(variable))\"")
        lines += headers(variable, key: "$(openssl rand -hex 16)").map { "  -H \"\($0.name): \($0.value)\"" }
        guard let body else { return lines.joined(separator: " \\\n") }
        var syntax = SampleSyntax { "\"$\($0)\"" }
        syntax.hasTrailingCommas = false
        let literal = syntax.literal(body, indentation: "")
        lines.append("  -d @- <<JSON\n\(literal)\nJSON")
        return lines.joined(separator: " \\\n")
    }

    private var javaScript: String {
        let variable = { (name: String) in "${process.env.\(name)}" }
        let key = "${randomUUID()}"
        func string(_ text: String) -> String {
            if text == key { return "randomUUID()" }
            return text.contains("${") ? "`\(text)`" : "\"\(text)\""
        }
        // The global `crypto` is new in Node.js 19; the module is in every version.
        var lines = hasKey ? ["import { randomUUID } from \"node:crypto\";", ""] : []
        lines.append("const response = await fetch(\(string(url(variable))), {")
        lines.append("  method: \"\(operation.method.rawValue)\",")
        let headers = headers(variable, key: key)
        if !headers.isEmpty {
            lines.append("  headers: {")
            lines += headers.map { "    \"\($0.name)\": \(string($0.value))," }
            lines.append("  },")
        }
        if let body {
            let literal = SampleSyntax { "process.env.\($0)" }.literal(body, indentation: "  ")
            lines.append("  body: JSON.stringify(\(literal)),")
        }
        return
            (lines + [
                "});", "const body = await response.text();",
                "if (!response.ok) throw new Error(`${response.status}: ${body}`);", "console.log(body);",
            ]).joined(separator: "\n")
    }

    private var python: String {
        let variable = { (name: String) in "{os.environ['\(name)']}" }
        let key = "{uuid.uuid4()}"
        func string(_ text: String) -> String {
            if text == key { return "str(uuid.uuid4())" }
            return text.contains("{") ? "f\"\(text)\"" : "\"\(text)\""
        }
        let headers = headers(variable, key: key)
        var modules = ["sys", "urllib.error", "urllib.request"]
        if body != nil { modules.append("json") }
        if operation.path.contains("{") || token != nil || operation.access == .clientCredentials {
            modules.append("os")
        }
        if hasKey { modules.append("uuid") }
        var lines = modules.sorted().map { "import \($0)" } + ["", "request = urllib.request.Request("]
        lines.append("    \(string(url(variable))),")
        lines.append("    method=\"\(operation.method.rawValue)\",")
        if !headers.isEmpty {
            lines.append("    headers={")
            lines += headers.map { "        \"\($0.name)\": \(string($0.value))," }
            lines.append("    },")
        }
        if let body {
            var syntax = SampleSyntax { "os.environ[\"\($0)\"]" }
            (syntax.null, syntax.yes, syntax.no) = ("None", "True", "False")
            lines.append("    data=json.dumps(\(syntax.literal(body, indentation: "    "))).encode(),")
        }
        return
            (lines + [
                ")", "try:", "    with urllib.request.urlopen(request) as response:",
                "        print(response.read().decode())", "except urllib.error.HTTPError as error:",
                "    sys.exit(f\"{error.code}: {error.read().decode()}\")",
            ]).joined(separator: "\n")
    }

    private var php: String {
        let variable = { (name: String) in "\" . getenv(\"\(name)\") . \"" }
        /// A concatenation without empty parts.
        func string(_ text: String) -> String {
            let parts = "\"\(text)\"".split(separator: " . ", omittingEmptySubsequences: false).filter { $0 != "\"\"" }
            return parts.joined(separator: " . ")
        }
        let headers = headers(variable, key: "\" . bin2hex(random_bytes(16)) . \"")
        var lines = ["<?php", "$context = stream_context_create([\"http\" => ["]
        lines.append("    \"method\" => \"\(operation.method.rawValue)\",")
        if !headers.isEmpty {
            lines.append("    \"header\" => [")
            lines += headers.map { "        \(string("\($0.name): \($0.value)"))," }
            lines.append("    ],")
        }
        if let body {
            var syntax = SampleSyntax { "getenv(\"\($0)\")" }
            syntax.object = ("[", "]")
            syntax.nameSeparator = " => "
            lines.append("    \"content\" => json_encode(\(syntax.literal(body, indentation: "    "))),")
        }
        return
            (lines + [
                "    \"ignore_errors\" => true, // Reads the bodies of errors, too.", "]]);",
                "$response = fopen(\(string(url(variable))), \"r\", false, $context);",
                "if ($response === false) exit(1);", "echo stream_get_contents($response), \"\\n\";",
                "$status = explode(\" \", stream_get_meta_data($response)[\"wrapper_data\"][0])[1];",
                "if ($status >= 400) exit(1);",
            ]).joined(separator: "\n")
    }

    private var swift: String {
        let variable = { (name: String) in "\\(variable(\"\(name)\"))" }
        let url = url(variable)
        let key = "\\(UUID().uuidString)"
        let headers = headers(variable, key: key)
        var lines = [
            "import Foundation", "#if canImport(FoundationNetworking)", "import FoundationNetworking", "#endif", "",
        ]
        if (lines + [url] + headers.map(\.value)).contains(where: { $0.contains("variable(") }) || body != nil {
            lines += [
                "func variable(_ name: String) -> String { ProcessInfo.processInfo.environment[name] ?? \"\" }", "",
            ]
        }
        lines.append("guard let url = URL(string: \"\(url)\") else { exit(1) }")
        lines.append("var request = URLRequest(url: url)")
        lines.append("request.httpMethod = \"\(operation.method.rawValue)\"")
        lines += headers.map { header in
            let value = header.value == key ? "UUID().uuidString" : "\"\(header.value)\""
            return "request.setValue(\(value), forHTTPHeaderField: \"\(header.name)\")"
        }
        if let body {
            var syntax = SampleSyntax { "variable(\"\($0)\")" }
            syntax.object = ("[", "]")
            syntax.null = "NSNull()"
            lines.append("let body: [String: Any] = \(syntax.literal(body, indentation: ""))")
            lines.append("request.httpBody = try JSONSerialization.data(withJSONObject: body)")
        }
        return
            (lines + [
                "let (data, response) = try await URLSession.shared.data(for: request)",
                "print(String(decoding: data, as: UTF8.self))",
                "guard let status = (response as? HTTPURLResponse)?.statusCode, status < 400 else { exit(1) }",
            ]).joined(separator: "\n")
    }
}
