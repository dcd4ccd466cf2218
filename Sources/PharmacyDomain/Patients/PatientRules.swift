/// The guide's validation rules (section 2) and the limits the API sets where the guide is silent.
package enum PatientRules {
    package static let nameLimit = 35
    package static let addressLimit = 60
    package static let emailLimit = 254
    package static let externalIDLimit = 100
    package static let emailSearchLimit = 80
    /// Nobody older is alive; an earlier date of birth is a slip of the keyboard.
    package static let earliestBirthYear = 1900

    /// Unicode letters with their marks, spaces, hyphens and apostrophes (straight or curly), with at least one letter.
    package static func isName(_ text: String) -> Bool {
        var hasLetter = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case " ", "-", "'", "\u{2019}": continue
            default: break
            }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
                hasLetter = true
            case .nonspacingMark, .spacingMark, .enclosingMark:
                guard hasLetter else { return false }
            default:
                return false
            }
        }
        return hasLetter
    }

    package static func isPhone(_ text: String) -> Bool {
        text.utf8.count == 10 && text.utf8.allSatisfy(ASCIIDigits.isDigit)
    }

    /// `12345`, `123456789` or `12345-6789`.
    package static func isZIP(_ text: String) -> Bool {
        var digits = Array(text.utf8)
        if digits.count == 10, digits[5] == UInt8(ascii: "-") { digits.remove(at: 5) }
        return (digits.count == 5 || digits.count == 9) && digits.allSatisfy(ASCIIDigits.isDigit)
    }

    /// An addr-spec of ASCII characters with a dotted domain, as browsers accept it (WHATWG HTML, `input type=email`):
    /// no quoted local parts, no comments, no address literals.
    package static func isEmail(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].count), text.utf8.count <= emailLimit,
            parts[0].allSatisfy({ isAlphanumeric($0) || ".!#$%&'*+/=?^_`{|}~-".utf8.contains($0) })
        else { return false }
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                guard let first = label.first, let last = label.last, label.count <= 63 else { return false }
                return isAlphanumeric(first) && isAlphanumeric(last)
                    && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            }
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
