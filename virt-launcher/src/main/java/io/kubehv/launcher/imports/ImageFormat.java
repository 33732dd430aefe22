package io.kubehv.launcher.imports;

import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The formats that are imported. They are told apart by the file's own bytes before any other program reads it, and a file
 * that names other files is refused here: qemu-img would open them.
 */
enum ImageFormat {
    RAW("raw"),
    QCOW2("qcow2"),
    VHD("vpc"),
    VHDX("vhdx"),
    VMDK("vmdk");

    private static final int SECTOR = 512;

    /** docs/interop/qcow2.txt, "Header": magic "QFI\xfb", then version and the backing file's offset, big-endian. */
    private static final int QCOW2_MAGIC = 0x514649fb;

    private static final int QCOW2_BACKING_FILE_OFFSET = 8;
    private static final int QCOW2_INCOMPATIBLE_FEATURES = 72;
    private static final long QCOW2_EXTERNAL_DATA_FILE = 1L << 2;

    /** Virtual Disk Format 1.5, "VMDK sparse extent": magic "KDMV", then version, flags and capacity, little-endian. */
    private static final int VMDK_MAGIC = 0x564d444b;

    private static final int VMDK_CAPACITY = 12;

    /** Virtual Hard Disk Image Format Specification, "Hard Disk Footer Format": the cookie and the disk's type. */
    private static final String VHD_COOKIE = "conectix";

    private static final int VHD_DISK_TYPE = 60;
    private static final int VHD_DIFFERENCING = 4;

    private final String qemuName;

    ImageFormat(String qemuName) {
        this.qemuName = qemuName;
    }

    /** The name of QEMU's driver, which is also what the status says. */
    String qemuName() {
        return qemuName;
    }

    /**
     * Tells a file's format.
     *
     * @throws ImportException for a file that is none of them, or that points outside itself
     */
    static ImageFormat of(Path image) throws ImportException, IOException {
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.READ)) {
            long length = file.size();
            ByteBuffer head = read(file, 0, SECTOR);
            if (startsWith(head, "# Disk DescriptorFile")) {
                throw refused("is a VMDK descriptor, whose data is in other files; convert it to one file first, for"
                        + " example with qemu-img convert -O qcow2");
            }
            if (head.getInt(0) == QCOW2_MAGIC) {
                checkQcow2(head);
                return QCOW2;
            }
            if (startsWith(head, "vhdxfile")) {
                return VHDX;
            }
            if (Integer.reverseBytes(head.getInt(0)) == VMDK_MAGIC) {
                checkVmdk(head);
                return VMDK;
            }
            ByteBuffer tail = length >= SECTOR ? read(file, length - SECTOR, SECTOR) : head;
            if (startsWith(head, VHD_COOKIE) || startsWith(tail, VHD_COOKIE)) {
                checkVhd(startsWith(tail, VHD_COOKIE) ? tail : head);
                return VHD;
            }
            if (length == 0 || length % SECTOR != 0) {
                throw new ImportException(
                        Reason.IMAGE_INVALID,
                        "the source is neither qcow2, vhd, vhdx nor vmdk, and no raw disk either: its length, %d bytes, is not a multiple of 512; it begins with \"%s\""
                                .formatted(length, printable(head)));
            }
            return RAW;
        }
    }

    /**
     * The format that a file is said to have.
     *
     * @throws ImportException for a file that has another one, or that points outside itself
     */
    static ImageFormat named(Path image, String name) throws ImportException, IOException {
        if (RAW.qemuName.equals(name)) {
            return RAW;
        }
        ImageFormat found = of(image);
        if (!found.qemuName.equals(name)) {
            throw new ImportException(
                    Reason.IMAGE_INVALID,
                    "the source is said to be %s and is %s; correct its format".formatted(name, found.qemuName));
        }
        return found;
    }

    private static void checkQcow2(ByteBuffer head) throws ImportException {
        int version = head.getInt(4);
        if (version != 2 && version != 3) {
            throw new ImportException(
                    Reason.IMAGE_INVALID, "the source is a qcow2 image of the unknown version " + version);
        }
        if (head.getLong(QCOW2_BACKING_FILE_OFFSET) != 0) {
            throw refused("is a qcow2 image with a backing file; flatten it first, for example with qemu-img convert");
        }
        if (version == 3 && (head.getLong(QCOW2_INCOMPATIBLE_FEATURES) & QCOW2_EXTERNAL_DATA_FILE) != 0) {
            throw refused("is a qcow2 image with an external data file; convert it to one file first");
        }
    }

    private static void checkVmdk(ByteBuffer head) throws ImportException {
        // QEMU takes a capacity of 0 as "read the descriptor inside", which may name any file.
        if (head.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong(VMDK_CAPACITY) == 0) {
            throw refused("is a VMDK whose data is in other files; convert it to one file first");
        }
    }

    private static void checkVhd(ByteBuffer footer) throws ImportException {
        if (footer.getInt(VHD_DISK_TYPE) == VHD_DIFFERENCING) {
            throw refused("is a differencing VHD; merge it with its parent first");
        }
    }

    private static ImportException refused(String what) {
        return new ImportException(Reason.BACKING_FILE_REFUSED, "the source " + what);
    }

    private static ByteBuffer read(FileChannel file, long position, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining() && file.read(bytes, position + bytes.position()) > 0) {
            // a read may give less than was asked for
        }
        return bytes.rewind();
    }

    private static boolean startsWith(ByteBuffer bytes, String text) {
        return StandardCharsets.ISO_8859_1
                .decode(bytes.duplicate().limit(text.length()))
                .toString()
                .equals(text);
    }

    private static String printable(ByteBuffer bytes) {
        return StandardCharsets.ISO_8859_1
                .decode(bytes.duplicate().limit(24))
                .toString()
                .replaceAll("[^ -~]", ".");
    }
}
