enum EmailSchema {
    static let text = "{}"
}
