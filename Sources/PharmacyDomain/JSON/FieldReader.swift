/// Reads the members of one JSON object and collects all problems.
///
/// A method that finds an error returns `nil` and adds a message to `problems`, which is thrown once, at the end.
package struct FieldReader: Sendable {
    private let object: JSON
    package private(set) var problems = ValidationErrors()

    package init(_ object: JSON) {
        self.object = object
    }

    /// Whether the object has the member, even as `null`.
    package func has(_ name: String) -> Bool { object[name] != nil }

    package mutating func reject(_ name: String, _ sentence: String) {
        problems.add(name, sentence)
    }

    /// The member; `nil` where it is absent or `null`, which is a problem for a required member.
    package mutating func value(_ name: String, required: Bool) -> JSON? {
        guard let value = object[name] else {
            if required { reject(name, "\(name) is required.") }
            return nil
        }
        guard !value.isNull else {
            if required { reject(name, "\(name) must not be null.") }
            return nil
        }
        return value
    }

    /// Text in Normalization Form C, without surrounding white space and without control characters; `nil` where it is absent or
    /// blank.
    /// - Parameter maximum: the most characters of the result (`String.hasAtMost(characters:)`).
    package mutating func text(
        _ name: String, maximum: Int, required: Bool = false, multiline: Bool = false
    ) -> String? {
        guard let value = value(name, required: required) else { return nil }
        guard let raw = value.text else {
            reject(name, "\(name) must be a string.")
            return nil
        }
        switch TextRule(maximum: maximum, allowsLines: multiline).read(raw) {
        case .text(let text): return text
        case .blank:
            if required { reject(name, "\(name) must not be blank.") }
            return nil
        case .fault(let fault):
            reject(name, "\(name) \(fault)")
            return nil
        }
    }

    /// A text that `parse` accepts; otherwise `sentence` is the problem.
    package mutating func parsed<Value>(
        _ name: String, maximum: Int = 254, required: Bool = false, _ sentence: @autoclosure () -> String,
        parse: (String) -> Value?
    ) -> Value? {
        guard let text = text(name, maximum: maximum, required: required) else { return nil }
        guard let value = parse(text) else {
            reject(name, sentence())
            return nil
        }
        return value
    }

    /// A text without a fault.
    /// - Parameter fault: describes the fault as the end of a sentence that begins with the member's name; `nil` for none.
    package mutating func checked(
        _ name: String, maximum: Int = 254, required: Bool = false, fault: (String) -> String?
    ) -> String? {
        guard let text = text(name, maximum: maximum, required: required) else { return nil }
        if let fault = fault(text) {
            reject(name, "\(name) \(fault)")
            return nil
        }
        return text
    }

    package mutating func integer(_ name: String, in range: ClosedRange<Int>, required: Bool = false) -> Int? {
        guard let value = value(name, required: required) else { return nil }
        switch value {
        case .integer, .number:
            guard let number = value.wholeNumber, let integer = Int(exactly: number), range.contains(integer) else {
                reject(name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
                return nil
            }
            return integer
        default:
            reject(name, "\(name) must be an integer.")
            return nil
        }
    }

    /// The elements of an array with at most `maximum` elements.
    package mutating func array(_ name: String, maximum: Int) -> [JSON]? {
        guard let value = value(name, required: false) else { return nil }
        guard let elements = value.elements else {
            reject(name, "\(name) must be an array.")
            return nil
        }
        guard elements.count <= maximum else {
            reject(name, "\(name) must have at most \(maximum) elements.")
            return nil
        }
        return elements
    }
}

extension String {
    /// The text without leading and trailing white space (Unicode's `White_Space`).
    package var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// Whether the text has a C0 or C1 control character or DEL, except tabs and line ends where they are allowed.
    package func hasControlCharacters(allowingLines: Bool) -> Bool {
        controlCharacter(allowingLines: allowingLines) != nil
    }

    /// The first control character.
    package func controlCharacter(allowingLines: Bool) -> CharacterFault? {
        CharacterFault(in: self) { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: allowingLines
            case 0x00..<0x20, 0x7F..<0xA0: false
            default: true
            }
        }
    }
}
