package io.kubehv.launcher.imports;

/** An import or an export that ended without its result: why, and what would help. */
public final class ImportException extends Exception {
    /** For programs: the object's condition carries it. Append only. */
    public enum Reason {
        CHECKSUM_MISMATCH("ChecksumMismatch"),
        IMAGE_INVALID("ImageInvalid"),
        IMAGE_TRUNCATED("ImageTruncated"),
        BACKING_FILE_REFUSED("BackingFileRefused"),
        SIZE_TOO_SMALL("SizeTooSmall"),
        SOURCE_UNREACHABLE("SourceUnreachable"),
        NO_SPACE("NoSpace"),
        DEFINITION_INVALID("DefinitionInvalid"),
        IMPORT_FAILED("ImportFailed"),
        MANIFEST_NOT_FOUND("ManifestNotFound"),
        MANIFEST_INVALID("ManifestInvalid"),
        DISK_MISSING("DiskMissing"),
        FOLDER_EXISTS("FolderExists"),
        TARGET_UNREACHABLE("TargetUnreachable"),
        EXPORT_FAILED("ExportFailed"),
        COPY_FAILED("CopyFailed");

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

    public ImportException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public ImportException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
