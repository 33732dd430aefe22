package io.kubehv.hv.firmware;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.UUID;

/**
 * The flash image in which EDK II keeps variables: a firmware volume's header, a variable store's header
 * ({@code VARIABLE_STORE_HEADER}), then one {@code AUTHENTICATED_VARIABLE_HEADER} with name and data after the other
 * (EDK II, MdeModulePkg/Include/Guid/VariableFormat.h), in little-endian order; what is not written is all ones.
 */
public final class VariableStore {
    private static final UUID GLOBAL = UUID.fromString("8be4df61-93ca-11d2-aa0d-00e098032b8c");
    private static final UUID IMAGE_SECURITY = UUID.fromString("d719b2cb-3d3a-4596-a3bc-dad00e67656f");
    private static final UUID SECURE_BOOT_ENABLE = UUID.fromString("f0a30bc7-af08-4556-99c4-001009c93a44");
    private static final UUID CUSTOM_MODE = UUID.fromString("c076ec0c-7028-4399-a072-71ee5c448b9f");
    private static final UUID X509 = UUID.fromString("a5c059a1-94e4-4aa7-87b5-ab155c2bf072");
    private static final UUID AUTHENTICATED_STORE = UUID.fromString("aaf32c78-947b-439a-a180-2e144ec37792");

    /** Who enrolled a certificate: us. */
    private static final UUID OWNER = UUID.fromString("6b756265-6876-4000-8000-736563757265");

    private static final int NON_VOLATILE_BOOT = 0x3;
    private static final int AUTHENTICATED_RUNTIME = 0x27;
    private static final short START = 0x55AA;
    private static final byte ADDED = 0x3F;
    private static final int VARIABLE_HEADER = 60;
    private static final int NAME_SIZE_OFFSET = 36;
    private static final int GUID = 16;
    private static final int VOLUME_HEADER_LENGTH_OFFSET = 48;
    private static final int STORE_HEADER = 28;
    private static final int ALIGNMENT = 4;

    private final ByteBuffer flash;
    private final int end;

    /**
     * A copy of an image.
     *
     * @throws IllegalArgumentException if it is none
     */
    public VariableStore(byte[] image) {
        flash = ByteBuffer.wrap(image.clone()).order(ByteOrder.LITTLE_ENDIAN);
        int store = image.length < STORE_HEADER + VOLUME_HEADER_LENGTH_OFFSET
                ? 0
                : Short.toUnsignedInt(flash.getShort(VOLUME_HEADER_LENGTH_OFFSET));
        if (store == 0 || store + STORE_HEADER > image.length || !guid(store).equals(AUTHENTICATED_STORE)) {
            throw new IllegalArgumentException("this is no image of authenticated UEFI variables");
        }
        end = Math.min(image.length, store + flash.getInt(store + GUID));
        flash.position(store + STORE_HEADER);
        skipWhatIsThere();
    }

    /** Adds the keys and turns Secure Boot on. */
    public VariableStore enroll(SecureBootKeys keys) {
        add("PK", GLOBAL, AUTHENTICATED_RUNTIME, signatures(List.of(keys.platformKey())));
        add("KEK", GLOBAL, AUTHENTICATED_RUNTIME, signatures(keys.keyExchangeKeys()));
        add("db", IMAGE_SECURITY, AUTHENTICATED_RUNTIME, signatures(keys.allowed()));
        if (!keys.forbidden().isEmpty()) {
            add("dbx", IMAGE_SECURITY, AUTHENTICATED_RUNTIME, signatures(keys.forbidden()));
        }
        add("SecureBootEnable", SECURE_BOOT_ENABLE, NON_VOLATILE_BOOT, new byte[] {1});
        add("CustomMode", CUSTOM_MODE, NON_VOLATILE_BOOT, new byte[] {0});
        return this;
    }

    /** The image now. */
    public byte[] image() {
        return flash.array().clone();
    }

    private void skipWhatIsThere() {
        while (flash.position() + VARIABLE_HEADER <= end && flash.getShort(flash.position()) == START) {
            int at = flash.position();
            long next = (long) at
                    + VARIABLE_HEADER
                    + Integer.toUnsignedLong(flash.getInt(at + NAME_SIZE_OFFSET))
                    + Integer.toUnsignedLong(flash.getInt(at + NAME_SIZE_OFFSET + Integer.BYTES));
            if (next > end) {
                throw new IllegalArgumentException("a variable at " + at + " goes beyond the store's end");
            }
            flash.position(aligned((int) next));
        }
    }

    private void add(String name, UUID vendor, int attributes, byte[] data) {
        byte[] text = (name + '\0').getBytes(StandardCharsets.UTF_16LE);
        if (flash.position() + VARIABLE_HEADER + text.length + data.length > end) {
            throw new IllegalArgumentException(
                    "the certificates for " + name + " don't fit into the firmware's variables; enroll fewer");
        }
        flash.putShort(START).put(ADDED).put((byte) 0).putInt(attributes).putLong(0);
        // EFI_TIME: the beginning of 2000, so that every update that is signed later counts as newer.
        flash.putShort((short) 2000).put((byte) 1).put((byte) 1).put(new byte[12]);
        flash.putInt(0).putInt(text.length).putInt(data.length);
        putGuid(flash, vendor);
        flash.put(text).put(data);
        flash.position(aligned(flash.position()));
    }

    /** A list a certificate: entries of one list have one size (UEFI 2.10, EFI_SIGNATURE_LIST). */
    private static byte[] signatures(List<X509Certificate> certificates) {
        List<byte[]> encoded = certificates.stream().map(VariableStore::encoded).toList();
        int header = GUID + 3 * Integer.BYTES;
        ByteBuffer lists = ByteBuffer.allocate(encoded.stream()
                        .mapToInt(der -> header + GUID + der.length)
                        .sum())
                .order(ByteOrder.LITTLE_ENDIAN);
        for (byte[] der : encoded) {
            putGuid(lists, X509);
            lists.putInt(header + GUID + der.length).putInt(0).putInt(GUID + der.length);
            putGuid(lists, OWNER);
            lists.put(der);
        }
        return lists.array();
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was parsed has its encoding", e);
        }
    }

    /** The first three parts of a GUID are numbers in the buffer's order, the rest are bytes (UEFI 2.10, appendix A). */
    private static void putGuid(ByteBuffer buffer, UUID guid) {
        buffer.putInt((int) (guid.getMostSignificantBits() >>> 32))
                .putShort((short) (guid.getMostSignificantBits() >>> 16))
                .putShort((short) guid.getMostSignificantBits())
                .putLong(Long.reverseBytes(guid.getLeastSignificantBits()));
    }

    private UUID guid(int at) {
        long most = Integer.toUnsignedLong(flash.getInt(at)) << 32
                | Short.toUnsignedLong(flash.getShort(at + 4)) << 16
                | Short.toUnsignedLong(flash.getShort(at + 6));
        return new UUID(most, Long.reverseBytes(flash.getLong(at + 8)));
    }

    private static int aligned(int position) {
        return (position + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
