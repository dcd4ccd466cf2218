/// The values of one metric name with one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    var id: PrometheusSeriesID { get }
    func write(to page: inout PrometheusPage)
}
