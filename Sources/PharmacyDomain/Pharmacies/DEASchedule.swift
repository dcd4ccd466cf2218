/// The schedules of the Controlled Substances Act that may be prescribed (21 U.S.C. 812).
package enum DEASchedule: Int, CaseIterable, Sendable {
    case two = 2
    case three = 3
    case four = 4
    case five = 5

    /// Reads a catalog's `schedule_code`, as `3`, `III`, `C3`, `CIII` or `C-III`; `nil` for a medication that is not controlled.
    package init?(scheduleCode: String) {
        let letters = scheduleCode.uppercased().filter { $0.isLetter || $0.isNumber }
        switch letters.hasPrefix("C") ? String(letters.dropFirst()) : letters {
        case "2", "II", "2N", "IIN": self = .two
        case "3", "III", "3N", "IIIN": self = .three
        case "4", "IV": self = .four
        case "5", "V": self = .five
        default: return nil
        }
    }

    /// The most refills that a prescription may authorize (21 CFR 1306.12 and 1306.22); `nil` where federal law has no limit.
    package var refillLimit: Int? {
        switch self {
        case .two: 0
        case .three, .four: 5
        case .five: nil
        }
    }
}
