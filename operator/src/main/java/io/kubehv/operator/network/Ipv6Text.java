package io.kubehv.operator.network;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** IPv6 addresses as people and tools write them (RFC 5952): Java has only the long form. */
final class Ipv6Text {
    private static final Pattern ZEROS = Pattern.compile("(?:^|:)0(?::0)+(?=:|$)");

    private Ipv6Text() {}

    static String of(byte[] address) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < address.length; i += 2) {
            text.append(i == 0 ? "" : ":")
                    .append(Integer.toHexString((address[i] & 0xff) << Byte.SIZE | (address[i + 1] & 0xff)));
        }
        Matcher zeros = ZEROS.matcher(text);
        int start = -1;
        int end = -1;
        while (zeros.find()) {
            if (zeros.end() - zeros.start() > end - start) {
                start = zeros.start();
                end = zeros.end();
            }
        }
        if (start < 0) {
            return text.toString();
        }
        String tail = text.substring(end);
        return text.substring(0, start) + (tail.isEmpty() ? "::" : ":" + tail);
    }
}
