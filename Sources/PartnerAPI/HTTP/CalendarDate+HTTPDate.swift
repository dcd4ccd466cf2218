package import PharmacyDomain

extension CalendarDate {
    /// The beginning of the day in UTC, as header fields contain it (IMF-fixdate, RFC 9110 §5.6.7), such as
    /// `Sat, 01 Jan 2028 00:00:00 GMT`.
    package var httpDate: String {
        // 1970-01-01 was a Thursday.
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekday = weekdays[(daysSince1970 % 7 + 7) % 7]
        // `description` pads the numbers: YYYY-MM-DD.
        let digits = description
        return "\(weekday), \(digits.suffix(2)) \(months[month - 1]) \(digits.prefix(4)) 00:00:00 GMT"
    }
}
