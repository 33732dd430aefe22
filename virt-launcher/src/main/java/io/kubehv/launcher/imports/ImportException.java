package io.kubehv.launcher.imports;

/** An import that ended without a disk: why, and what would help. */
final class ImportException extends Exception {
    /** For programs: the VirtualHardDisk's condition carries it. Append only. */
    enum Reason {
        CHECKSUM_MISMATCH("ChecksumMismatch"),
        IMAGE_INVALID("ImageInvalid"),
        IMAGE_TRUNCATED("ImageTruncated"),
        BACKING_FILE_REFUSED("BackingFileRefused"),
        SIZE_TOO_SMALL("SizeTooSmall"),
        SOURCE_UNREACHABLE("SourceUnreachable"),
        NO_SPACE("NoSpace"),
        DEFINITION_INVALID("DefinitionInvalid"),
        IMPORT_FAILED("ImportFailed");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private final Reason reason;

    ImportException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    ImportException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}
