import PharmacyDomain

extension WireType where Value == String {
    /// A text that is checked by a rule of the domain.
    /// - Parameters:
    ///   - pattern: a regular expression for the schema only; the rule decides.
    ///   - format: a `format` of JSON Schema.
    ///   - isASCII: whether the rule allows ASCII only, so that a character is one code point.
    static func text(
        _ rule: TextRule, pattern: String? = nil, format: String? = nil, isASCII: Bool = false
    ) -> WireType {
        let shown: Schema =
            if pattern != nil {
                .string(pattern: pattern)
            } else if isASCII {
                .string(maximum: rule.maximum)
            } else {
                .shownText(rule.maximum)
            }
        return WireType(
            request: .string(
                minimum: 1, maximum: pattern == nil ? rule.maximum : nil, pattern: pattern, format: format),
            response: shown, write: JSON.string
        ) { json, name, _, errors in
            WireType.text(json, name, rule, &errors)
        }
    }

    /// One of these strings.
    static func oneOf(_ values: [String], _ rule: TextRule) -> WireType {
        WireType(request: .oneOf(values), write: JSON.string) { json, name, _, errors in
            WireType.text(json, name, rule, &errors)
        }
    }
}

extension WireType where Value: RawRepresentable<String> & CaseIterable {
    /// One of an enumeration's raw values.
    /// - Parameter problem: the problem of other values. It completes a sentence that begins with the member's name.
    static func choice(_ problem: String) -> WireType {
        WireType(request: .oneOf(Value.self), problem: problem, write: \.rawValue, parse: Value.init(rawValue:))
    }
}

extension WireType where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> WireType {
        WireType(request: .integer(range.lowerBound, range.upperBound), write: { JSON($0) }) { json, name, _, errors in
            switch json {
            case .integer, .number:
                if let number = json.wholeNumber, let integer = Int(exactly: number), range.contains(integer) {
                    return .value(integer)
                }
                errors.add(
                    name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            default: errors.add(name, "\(name) must be an integer.")
            }
            return .invalid
        }
    }
}

extension WireType where Value == Timestamp {
    /// A time in ISO 8601 with an offset.
    static var timestamp: WireType {
        WireType(
            request: .timestamp,
            problem: "must be a time in ISO 8601 with an offset, like 2025-12-22T17:15:01+00:00.",
            write: \.description, parse: Timestamp.init)
    }
}

extension WireType {
    /// A UUID.
    /// - Parameter problem: the problem of other values. It completes a sentence that begins with the member's name.
    static func id<Thing: TypedIdentifier & SendableMetatype>(_ problem: String) -> WireType
    where Value == Identifier<Thing> {
        WireType(request: .uuid, problem: problem, write: \.description, parse: Identifier<Thing>.init)
    }
}

extension WireType where Value == Price {
    /// US dollars with two decimal places.
    static var price: WireType {
        WireType(
            request: .price, problem: "must be a decimal with two places, like 188.00.",
            write: \.description, parse: Price.init)
    }
}

extension WireType where Value == [String] {
    /// A list of texts, empty where the member is absent or `null`. Each is checked by a rule of the domain, and repetitions are
    /// dropped.
    static func texts(_ rule: TextListRule) -> WireType {
        WireType(
            request: .array(of: .string(minimum: 1, maximum: rule.entry.maximum), maximum: rule.maximum).nullable,
            response: .array(of: .shownText(rule.entry.maximum), maximum: rule.maximum), absent: [],
            write: { .array($0.map(JSON.string)) }
        ) { json, name, _, errors in
            guard let elements = WireType.elements(json, name, atMost: rule.maximum, &errors) else { return .invalid }
            var texts: [String] = []
            for (index, element) in elements.enumerated() {
                let name = "\(name).\(index)"
                switch WireType<String>.text(element, name, rule.entry, &errors) {
                case .value(let text): if !texts.contains(text) { texts.append(text) }
                case .blank: errors.add(name, "\(name) must not be blank.")
                case .invalid: break
                }
            }
            return .value(texts)
        }
    }
}

extension WireType {
    /// An object that is a resource of its own.
    /// - Parameters:
    ///   - resource: its members.
    ///   - request: the name of the component with the schema in requests.
    ///   - response: the name of the component with the schema in responses.
    static func object<each Member>(
        _ resource: RequestResource<Value, repeat each Member>, request: String, response: String
    ) -> WireType {
        let shown = resource.responseMembers
        return WireType(
            request: .reference(request), response: .reference(response),
            write: { value in .object(shown.map { JSON.Member($0.name, $0.encode(value)) }) }
        ) { json, name, context, errors in
            guard case .object = json else {
                errors.add(name, "\(name) must be an object.")
                return .invalid
            }
            do throws(ValidationErrors) {
                return .value(try resource.parse(json, context))
            } catch {
                errors.add(error, within: name)
                return .invalid
            }
        }
    }
}
