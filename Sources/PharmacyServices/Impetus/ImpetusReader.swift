internal import PharmacyDomain

/// Reads responses of the pharmacies' system. Everything that is not in the agreed form is an error; nothing is guessed. An item of
/// a list that is not in the agreed form is left out; a list without a readable item is an error.
enum ImpetusReader {
    private static var broken: PharmacySystemFailure { PharmacySystemFailure(.invalidResponse) }

    /// A member of an item that is not in the agreed form.
    private struct Malformed: Error {
        let member: String
    }

    /// The readable items of a list, and the others.
    struct Items<Item: Sendable>: Sendable {
        fileprivate(set) var items: [Item] = []
        fileprivate(set) var refused: [RefusedItem] = []
    }

    static func pharmacies(_ body: JSON?) throws(PharmacySystemFailure) -> Items<Pharmacy> {
        let contract = try ImpetusContract(declaredIn: body)
        return try items("pharmacies", in: body, limit: ServiceLimits.pharmaciesCount, id: "id") {
            (item: JSON) throws(Malformed) in try pharmacy(item, contract)
        }
        .withoutDuplicates(by: \.id.description)
        .orBroken()
    }

    private static func pharmacy(_ item: JSON, _ contract: ImpetusContract) throws(Malformed) -> Pharmacy {
        let id = try required("id", in: item) { PharmacyID($0) }
        let name = try text("name", in: item)
        let slug = try required("slug", in: item) { $0.utf8.allSatisfy(isSlugByte) ? $0 : nil }
        let status = try required("status", in: item) { Pharmacy.Status(rawValue: $0) }
        try checkNumber("npi", digits: 10...10, in: item)
        try checkNumber("ncpdp_id", digits: 7...7, in: item)
        return Pharmacy(
            id: id, name: name, slug: slug, status: status, shipsToStates: try states("ships_to_states", in: item),
            takesPrescriptionDetails: contract >= .prescriptionDetails)
    }

    /// An optional list of states' codes, in the order of the alphabet and without repetitions.
    private static func states(_ name: String, in item: JSON) throws(Malformed) -> [String]? {
        guard let value = item[name], !value.isNull else { return nil }
        let codes = value.elements.map { Set($0.compactMap(\.text)) }
        guard let codes, codes.isSubset(of: PatientRules.states) else { throw Malformed(member: name) }
        return codes.sorted()
    }

    private static func isSlugByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || ASCIIDigits.isDigit(byte) || byte == UInt8(ascii: "-")
    }

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    /// One page of a catalog.
    struct CatalogPage {
        let medications: Items<Medication>
        /// Of the next page; `nil` on the last.
        let cursor: String?
    }

    /// Reads one page, whose products may all be malformed. `complete(_:)` checks the whole catalog.
    static func catalog(_ body: JSON?) throws(PharmacySystemFailure) -> CatalogPage {
        guard let body, let pharmacy = try? text("pharmacy", in: body) else { throw broken }
        let medications = try items("medications", in: body, limit: ServiceLimits.catalogProducts, id: "code") {
            (item: JSON) throws(Malformed) in try medication(item, pharmacy: pharmacy)
        }
        return CatalogPage(medications: medications, cursor: try cursor(body["next_cursor"]))
    }

    /// The catalog of all pages. Products that share a code are left out: an order could mean either.
    static func complete(_ pages: Items<Medication>) throws(PharmacySystemFailure) -> Items<Medication> {
        try pages.withoutDuplicates(by: \.productCode).orBroken()
    }

    private static func medication(_ item: JSON, pharmacy: String) throws(Malformed) -> Medication {
        let code = try required("code", in: item) { $0.utf8.count <= 64 ? $0 : nil }
        let medication = Medication(
            productCode: code, name: try text("name", in: item),
            strength: try text("strength", in: item, mayBeEmpty: true),
            form: try text("form", in: item, mayBeEmpty: true),
            formulation: try text("formulation", in: item, mayBeEmpty: true),
            quantity: try text("quantity", in: item), quantityUnits: try text("quantity_units", in: item),
            scheduleCode: try text("schedule_code", in: item), type: try text("type", in: item), pharmacy: pharmacy,
            price: try required("price", in: item) { Price($0) })
        try checkNumber("ndc", digits: 10...11, in: item)
        return medication
    }

    private static func cursor(_ value: JSON?) throws(PharmacySystemFailure) -> String? {
        guard let value, !value.isNull else { return nil }
        // It becomes part of a URL.
        guard let text = value.text, (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ isSlugByte($0) || $0 == UInt8(ascii: "_") || isCapital($0) })
        else { throw broken }
        return text
    }

    /// The result of a request that sends a patient or an order.
    static func result(_ response: ImpetusTransport.Response) -> PharmacyResult {
        switch response.status {
        case 200..<300: .accepted
        case 422: .refused(reason: reason(response.body))
        case 409 where response.body?["code"] == "stale_submission": .superseded
        default: .unavailable(broken)
        }
    }

    /// The pharmacy's reason, without control characters and at most `ServiceLimits.pharmacyReason` characters.
    static func reason(_ body: JSON?) -> String { shown(body?["reason"]?.text ?? "") }

    private static func shown(_ raw: String) -> String {
        let plain = String(raw.map { $0.isNewline || String($0).hasControlCharacters(allowingLines: false) ? " " : $0 })
        let text = String(plain.trimmed.prefix(ServiceLimits.pharmacyReason)).trimmed
        return text.isEmpty ? "The pharmacy refused it." : text
    }

    static func reports(_ body: JSON?) throws(PharmacySystemFailure) -> Items<Order.Report> {
        try items("reports", in: body, limit: ServiceLimits.orderReports, id: "id") { (item: JSON) throws(Malformed) in
            var fields = FieldReader(item)
            guard let report = report(&fields), fields.problems.isEmpty else {
                throw Malformed(member: fields.problems.fields.first?.name ?? "status")
            }
            return report
        }
        .orBroken()
    }

    // MARK: Reports

    /// Reads `status`, `reason`, `shipping` and `at`. Adds every problem to the reader's.
    static func report(_ fields: inout FieldReader) -> Order.Report? {
        let statuses = OrderStatus.allCases.map(\.rawValue).joined(separator: ", ")
        let status = fields.parsed(
            "status", required: true, "status must be one of \(statuses).", parse: OrderStatus.init(rawValue:))
        let parcel = parcel(&fields)
        let at = moment("at", in: &fields)
        var reason: String?
        if let value = fields.value("reason", required: false) {
            if value.text == nil { fields.reject("reason", "reason must be a string.") }
            reason = value.text.flatMap { $0.trimmed.isEmpty ? nil : shown($0) }
        }
        return status.map { Order.Report($0, reason: reason, parcel: parcel, at: at) }
    }

    private static func parcel(_ fields: inout FieldReader) -> Order.Parcel? {
        guard let item = fields.value("shipping", required: false) else { return nil }
        guard item.members != nil else {
            fields.reject("shipping", "shipping must be an object with carrier, tracking and shipping_status.")
            return nil
        }
        var own = FieldReader(item)
        let carrier = own.text("carrier", maximum: ServiceLimits.catalogText, required: true)
        let tracking = own.text("tracking", maximum: ServiceLimits.catalogText, required: true)
        let status = own.text("shipping_status", maximum: ServiceLimits.catalogText, required: true)
        let id = own.text("parcel_id", maximum: ServiceLimits.parcelID)
        let day = exact(
            "estimated_delivery", in: &own, "estimated_delivery must be a day, like 2025-12-27.", parse: day)
        let shippedAt = moment("shipped_at", in: &own)
        let deliveredAt = moment("delivered_at", in: &own)
        for problem in own.problems.fields {
            for sentence in problem.sentences { fields.reject("shipping.\(problem.name)", "shipping.\(sentence)") }
        }
        guard let carrier, let tracking, let status else { return nil }
        return Order.Parcel(
            id: id, shipping: Order.Shipping(carrier: carrier, tracking: tracking, status: status),
            estimatedDelivery: day, times: Order.ParcelTimes(shippedAt: shippedAt, deliveredAt: deliveredAt))
    }

    private static func moment(_ name: String, in fields: inout FieldReader) -> Timestamp? {
        exact(
            name, in: &fields,
            "\(name) must be a date and time with an offset (RFC 3339), like 2025-12-23T09:00:00+00:00.",
            parse: Timestamp.init)
    }

    /// The day of a date, or of a time in its own offset.
    private static func day(_ text: String) -> CalendarDate? {
        CalendarDate(text) ?? (Timestamp(text) == nil ? nil : CalendarDate(String(text.prefix(10))))
    }

    /// An optional text that is not trimmed. A blank one is wrong, too.
    private static func exact<Value>(
        _ name: String, in fields: inout FieldReader, _ sentence: String, parse: (String) -> Value?
    ) -> Value? {
        guard let value = fields.value(name, required: false) else { return nil }
        guard let read = value.text.flatMap(parse) else {
            fields.reject(name, sentence)
            return nil
        }
        return read
    }

    // MARK: Members

    private static func list(
        _ name: String, in body: JSON?, limit: Int
    ) throws(PharmacySystemFailure) -> [JSON] {
        guard let items = body?[name]?.elements, items.count <= limit else { throw broken }
        return items
    }

    /// - Parameter id: the member that identifies an item.
    private static func items<Item>(
        _ name: String, in body: JSON?, limit: Int, id: String, read: (JSON) throws(Malformed) -> Item
    ) throws(PharmacySystemFailure) -> Items<Item> {
        var found = Items<Item>()
        for (position, item) in try list(name, in: body, limit: limit).enumerated() {
            do {
                found.items.append(try read(item))
            } catch {
                found.refused.append(
                    RefusedItem(item, at: position, id: try? text(id, in: item), cause: error.member))
            }
        }
        return found
    }

    private static func text(
        _ name: String, in item: JSON, mayBeEmpty: Bool = false
    ) throws(Malformed) -> String {
        guard let text = item[name]?.text, text.unicodeScalars.count <= ServiceLimits.catalogText,
            !text.hasControlCharacters(allowingLines: false), mayBeEmpty || !text.trimmed.isEmpty
        else { throw Malformed(member: name) }
        return text
    }

    private static func required<Value>(
        _ name: String, in item: JSON, parse: (String) -> Value?
    ) throws(Malformed) -> Value {
        guard let value = parse(try text(name, in: item)) else { throw Malformed(member: name) }
        return value
    }

    /// Lets a standard number (NDC, NPI, NCPDP id) pass that is absent or is one; hyphens do not count.
    private static func checkNumber(
        _ name: String, digits: ClosedRange<Int>, in item: JSON
    ) throws(Malformed) {
        guard let value = item[name], !value.isNull else { return }
        guard let bytes = value.text?.utf8.filter({ $0 != UInt8(ascii: "-") }),
            digits.contains(bytes.count), bytes.allSatisfy(ASCIIDigits.isDigit)
        else { throw Malformed(member: name) }
    }
}

extension ImpetusReader.Items {
    /// Adds the items of another page.
    mutating func append(_ other: Self) {
        items += other.items
        refused += other.refused
    }

    var count: Int { items.count + refused.count }

    /// Leaves out all items that share an id.
    fileprivate func withoutDuplicates(by id: (Item) -> String) -> Self {
        let counts = Dictionary(items.map { (id($0), 1) }, uniquingKeysWith: +)
        guard counts.count < items.count else { return self }
        var rest = self
        rest.items = items.filter { counts[id($0)] == 1 }
        rest.refused += counts.filter { $0.value > 1 }.keys.sorted().map {
            RefusedItem(.string($0), at: 0, id: $0, cause: "duplicate")
        }
        return rest
    }

    /// - Throws: where there are items, and none of them can be read.
    fileprivate func orBroken() throws(PharmacySystemFailure) -> Self {
        guard let first = refused.first, items.isEmpty else { return self }
        throw PharmacySystemFailure(
            .invalidResponse, cause: "none of \(refused.count) items can be read; in the first, check \(first.cause)")
    }
}
