package io.kubehv.csi.endpoint;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.kubehv.csi.proto.CsiProto;

/**
 * A request as it may be logged: without the fields that CSI marks as secret, and without mount flags, which the
 * specification calls sensitive as well.
 */
final class RequestText {
    private static final String MOUNT_FLAGS = "mount_flags";

    /** What was written to a disk takes megabytes to tell. */
    private static final int LONGEST = 4096;

    private RequestText() {}

    static String of(Message request) {
        String text = TextFormat.printer().emittingSingleLine(true).printToString(strip(request));
        return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    }

    private static Message strip(Message message) {
        Message.Builder builder = message.toBuilder();
        for (FieldDescriptor field : message.getAllFields().keySet()) {
            if (field.getOptions().getExtension(CsiProto.csiSecret)
                    || field.getName().equals(MOUNT_FLAGS)) {
                builder.clearField(field);
            } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField()) {
                stripNested(message, builder, field);
            }
        }
        return builder.build();
    }

    private static void stripNested(Message message, Message.Builder builder, FieldDescriptor field) {
        if (!field.isRepeated()) {
            builder.setField(field, strip((Message) message.getField(field)));
            return;
        }
        for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
            builder.setRepeatedField(field, i, strip((Message) message.getRepeatedField(field, i)));
        }
    }
}
