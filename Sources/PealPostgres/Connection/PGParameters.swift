#if PostgreSQL
    internal import PealCore

    /// The values of a statement's parameters, bound from left to right, in PostgreSQL's binary format.
    struct PGParameters {
        /// All values behind one another.
        private(set) var bytes: [UInt8] = []
        /// Where each begins and how long it is; nil for null.
        private(set) var places: [(start: Int, count: Int)?] = []

        static let none = PGParameters()

        mutating func bind(_ value: Int64) {
            add { $0.append(bigEndian: value) }
        }

        mutating func bind(_ value: Int) { bind(Int64(value)) }

        mutating func bind(_ flag: Bool) {
            add { $0.append(flag ? 1 : 0) }
        }

        mutating func bind(_ time: Timestamp) { bind(time.milliseconds) }

        mutating func bind(_ time: Timestamp?) { bind(time?.milliseconds) }

        mutating func bind(_ value: Int64?) {
            if let value { bind(value) } else { bindNull() }
        }

        mutating func bind(_ value: Int?) { bind(value.map(Int64.init)) }

        mutating func bindNull() { places.append(nil) }

        mutating func bind(_ text: String) {
            add { $0.append(text: text) }
        }

        mutating func bind(_ text: String?) {
            if let text { bind(text) } else { bindNull() }
        }

        mutating func bind(_ user: UserID) { bind(user.rawValue) }

        mutating func bind(_ value: [UInt8]) {
            add { $0 += value }
        }

        mutating func bind(_ id: NotificationID) {
            add { $0.append(id) }
        }

        mutating func bind(_ array: PGArray) {
            add { array.append(to: &$0) }
        }

        private mutating func add(_ write: (inout [UInt8]) -> Void) {
            let start = bytes.count
            write(&bytes)
            places.append((start, bytes.count - start))
        }
    }

    /// A one-dimensional array, in PostgreSQL's binary format.
    struct PGArray {
        /// The types that the driver's arrays have, by their OIDs.
        enum Element: UInt32 {
            case flag = 16
            case bytes = 17
            case integer = 20
            case text = 25
            case id = 2950
        }

        private let element: Element
        private var bytes: [UInt8] = []
        private var hasNull = false
        private(set) var count = 0

        init(of element: Element) {
            self.element = element
        }

        init(_ texts: some Sequence<String>) {
            self.init(of: .text)
            for text in texts { append(text) }
        }

        init(_ users: some Sequence<UserID>) {
            self.init(of: .text)
            for user in users { append(user.rawValue) }
        }

        init(_ ids: some Sequence<NotificationID>) {
            self.init(of: .id)
            for id in ids { append(id) }
        }

        init(_ values: some Sequence<[UInt8]>) {
            self.init(of: .bytes)
            for value in values { append(value) }
        }

        mutating func append(_ value: Int64) { add(8) { $0.append(bigEndian: value) } }

        mutating func append(_ flag: Bool) { add(1) { $0.append(flag ? 1 : 0) } }

        mutating func append(_ id: NotificationID) { add(16) { $0.append(id) } }

        mutating func append(_ value: [UInt8]) { add(value.count) { $0 += value } }

        mutating func append(_ text: String) {
            count += 1
            let start = bytes.count
            bytes.append(bigEndian: Int32(0))
            bytes.append(text: text)
            let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
            for offset in 0..<4 { bytes[start + offset] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * offset)) }
        }

        mutating func appendNull() {
            count += 1
            hasNull = true
            bytes.append(bigEndian: Int32(-1))
        }

        private mutating func add(_ length: Int, _ write: (inout [UInt8]) -> Void) {
            count += 1
            bytes.append(bigEndian: Int32(truncatingIfNeeded: length))
            write(&bytes)
        }

        /// The header of `array_send` in PostgreSQL's `arrayfuncs.c`, then the elements.
        fileprivate func append(to output: inout [UInt8]) {
            output.append(bigEndian: Int32(count == 0 ? 0 : 1))
            output.append(bigEndian: Int32(hasNull ? 1 : 0))
            output.append(bigEndian: Int32(bitPattern: element.rawValue))
            guard count > 0 else { return }
            output.append(bigEndian: Int32(truncatingIfNeeded: count))
            output.append(bigEndian: Int32(1))
            output += bytes
        }
    }

    /// Many rows for one `INSERT … SELECT unnest(…)`: an array for each column, filled row by row from left to right.
    struct PGColumns {
        private var arrays: [PGArray]
        private var column = 0
        private(set) var count = 0

        init(_ elements: [PGArray.Element]) {
            arrays = elements.map(PGArray.init(of:))
        }

        /// `unnest($1::text[], $2::int8[], …)` for these columns.
        static func unnest(_ elements: [PGArray.Element]) -> String {
            let arrays = elements.enumerated().map { "$\($0 + 1)::\($1.arrayType)" }
            return "unnest(\(arrays.joined(separator: ", ")))"
        }

        mutating func bind(_ value: Int64) { next { $0.append(value) } }
        mutating func bind(_ value: Int) { bind(Int64(value)) }
        mutating func bind(_ flag: Bool) { next { $0.append(flag) } }
        mutating func bind(_ id: NotificationID) { next { $0.append(id) } }
        mutating func bind(_ text: String) { next { $0.append(text) } }
        mutating func bind(_ value: [UInt8]) { next { $0.append(value) } }
        mutating func bind(_ time: Timestamp) { bind(time.milliseconds) }
        mutating func bindNull() { next { $0.appendNull() } }

        mutating func bind(_ text: String?) {
            if let text { bind(text) } else { bindNull() }
        }

        mutating func bind(_ time: Timestamp?) {
            if let time { bind(time) } else { bindNull() }
        }

        private mutating func next(_ append: (inout PGArray) -> Void) {
            append(&arrays[column])
            column += 1
            guard column == arrays.count else { return }
            column = 0
            count += 1
        }

        var parameters: PGParameters {
            var parameters = PGParameters()
            for array in arrays { parameters.bind(array) }
            return parameters
        }
    }

    extension PGArray.Element {
        fileprivate var arrayType: String {
            switch self {
            case .flag: "bool[]"
            case .bytes: "bytea[]"
            case .integer: "int8[]"
            case .text: "text[]"
            case .id: "uuid[]"
            }
        }
    }

    extension [UInt8] {
        fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
            Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
        }

        fileprivate mutating func append(_ id: NotificationID) {
            append(bigEndian: id.high)
            append(bigEndian: id.low)
        }

        /// PostgreSQL's text cannot hold U+0000: it is written as U+001A and a digit, and so is U+001A itself.
        fileprivate mutating func append(text: String) {
            var text = text
            text.withUTF8 { utf8 in
                guard utf8.contains(where: { $0 == 0 || $0 == StoredText.escape }) else {
                    return append(contentsOf: utf8)
                }
                for byte in utf8 {
                    switch byte {
                    case 0: append(contentsOf: [StoredText.escape, StoredText.null])
                    case StoredText.escape: append(contentsOf: [StoredText.escape, StoredText.escaped])
                    default: append(byte)
                    }
                }
            }
        }
    }

    /// How text is kept that PostgreSQL cannot hold.
    enum StoredText {
        static let escape: UInt8 = 0x1A
        static let null = UInt8(ascii: "0")
        static let escaped = UInt8(ascii: "1")

        static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
            guard bytes.contains(escape) else { return String(decoding: bytes, as: UTF8.self) }
            var text: [UInt8] = []
            var isEscaped = false
            for byte in bytes {
                if isEscaped {
                    text.append(byte == null ? 0 : escape)
                    isEscaped = false
                } else if byte == escape {
                    isEscaped = true
                } else {
                    text.append(byte)
                }
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
#endif
