/// The guide's validation rules (section 2) and the limits the API sets where the guide is silent.
package enum PatientRules {
    package static let name = TextRule(maximum: 35, fault: nameFault)
    /// `Jr.`, `III`.
    package static let suffix = TextRule(maximum: 10)
    /// Of allergies, conditions and medications.
    package static let healthList = TextListRule(maximum: 50, entry: TextRule(maximum: 200))
    package static let addressLine = TextRule(maximum: 60)
    package static let email = TextRule(maximum: 254, fault: emailFault)
    package static let phone = TextRule(maximum: 254, fault: phoneFault)
    package static let state = TextRule(maximum: 254, fault: stateFault)
    package static let zip = TextRule(maximum: 254, fault: zipFault)
    package static let externalID = TextRule(maximum: 100)
    /// Of a search by e-mail address.
    package static let emailSearchLimit = 80
    /// Of a search by name.
    package static let nameSearch = TextRule(maximum: 80) { text in
        text.contains(where: \.isLetter) ? nil : "must have at least one letter."
    }
    /// An earlier date of birth is a typing error.
    package static let earliestBirthYear = 1900

    /// What is wrong with a date of birth, as the end of a sentence that begins with the member's name.
    package static func birthDateViolation(_ date: CalendarDate, today: CalendarDate) -> String? {
        guard date < today else { return "must be in the past." }
        guard date.year >= earliestBirthYear else { return "must not be before \(earliestBirthYear)-01-01." }
        return nil
    }

    // The faults of a text, each as the end of a sentence that begins with the member's name.

    /// Unicode letters with their marks, spaces, hyphens and apostrophes (straight or curly), with at least one letter.
    @Sendable private static func nameFault(_ text: String) -> String? {
        var hasLetter = false
        let fault = CharacterFault(in: text) { scalar in
            switch scalar {
            case " ", "-", "\u{2010}", "\u{2011}", "'", "\u{2019}": return true
            // The lookup of a category takes longer.
            case "A"..."Z", "a"..."z":
                hasLetter = true
                return true
            default: break
            }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
                hasLetter = true
                return true
            case .nonspacingMark, .spacingMark, .enclosingMark: return hasLetter
            default: return false
            }
        }
        if let fault {
            return "may have letters, spaces, hyphens and apostrophes only: it has \(fault.description)."
        }
        return hasLetter ? nil : "must have at least one letter."
    }

    @Sendable private static func phoneFault(_ text: String) -> String? {
        let rule = "must be exactly 10 digits"
        if let fault = digitFault(text) { return "\(rule): \(fault)" }
        return text.utf8.count == 10 ? nil : "\(rule): it has \(text.utf8.count)."
    }

    /// `12345`, `123456789` or `12345-6789`.
    @Sendable private static func zipFault(_ text: String) -> String? {
        let rule = "must be 5 or 9 digits"
        let hyphen = text.index(text.startIndex, offsetBy: 5, limitedBy: text.endIndex)
            .flatMap { $0 < text.endIndex && text[$0] == "-" ? $0 : nil }
        if let fault = digitFault(text, except: hyphen) { return "\(rule): \(fault)" }
        let digits = text.utf8.count - (hyphen == nil ? 0 : 1)
        if hyphen != nil, digits != 9 {
            return "\(rule): a hyphen is after the first 5 of 9 only, and it has \(digits)."
        }
        return digits == 5 || digits == 9 ? nil : "\(rule): it has \(digits)."
    }

    /// The first character that is no ASCII digit.
    /// - Parameter index: of one that need not be.
    private static func digitFault(_ text: String, except index: String.Index? = nil) -> String? {
        let found = text.unicodeScalars.indices.first { position in
            position != index && !("0"..."9").contains(text.unicodeScalars[position])
        }
        return found.map { "\(CharacterFault($0, in: text).description) is no digit." }
    }

    /// An addr-spec of ASCII characters with a dotted domain, as browsers accept it (WHATWG HTML, `input type=email`):
    /// no quoted local parts, no comments, no address literals.
    @Sendable private static func emailFault(_ text: String) -> String? {
        let rule = "must be an e-mail address"
        var signs = 0
        let fault = CharacterFault(in: text) { scalar in
            guard let byte = UInt8(exactly: scalar.value) else { return false }
            if byte == UInt8(ascii: "@") { signs += 1 }
            return signs == 0
                ? isAlphanumeric(byte) || ".!#$%&'*+/=?^_`{|}~-".utf8.contains(byte)
                : signs == 1 && (isAlphanumeric(byte) || "@.-".utf8.contains(byte))
        }
        guard signs < 2 else { return "\(rule): it has more than one @." }
        if let fault { return "\(rule): it must not have \(fault.description)." }
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return "\(rule): it has no @." }
        guard !parts[0].isEmpty else { return "\(rule): nothing is in front of the @." }
        guard parts[0].count <= 64 else { return "\(rule): it has more than 64 characters in front of the @." }
        guard text.utf8.count <= email.maximum else { return "\(rule) of at most \(email.maximum) characters." }
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2 else { return "\(rule): its domain, after the @, has no dot." }
        let hyphen = UInt8(ascii: "-")
        for label in labels {
            if label.isEmpty { return "\(rule): its domain must not begin or end with a dot, or have two in a row." }
            if label.first == hyphen || label.last == hyphen {
                return "\(rule): no part of its domain may begin or end with a hyphen."
            }
            if label.count > 63 { return "\(rule): a part of its domain has more than 63 characters." }
        }
        return nil
    }

    @Sendable private static func stateFault(_ text: String) -> String? {
        if states.contains(text) { return nil }
        let rule = "must be the two-letter code of a US state or territory"
        if !text.hasAtMost(characters: 2) || text.utf8.count < 2 { return "\(rule), like IL." }
        return states.contains(text.uppercased()) ? "\(rule), in upper case." : "\(rule): there is no such code."
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        ASCIIDigits.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// USPS codes of the states, the District of Columbia, territories, freely associated states and military posts.
    package static let states: [String] = [
        "AA", "AE", "AK", "AL", "AP", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "FM", "GA", "GU", "HI",
        "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MH", "MI", "MN", "MO", "MP", "MS", "MT", "NC",
        "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR", "PW", "RI", "SC", "SD", "TN", "TX",
        "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY",
    ]
}
