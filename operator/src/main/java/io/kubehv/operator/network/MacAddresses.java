package io.kubehv.operator.network;

import java.util.Locale;

/** How MAC addresses are compared. */
public final class MacAddresses {
    private MacAddresses() {}

    /** In lower case, as status and switches have them. */
    public static String normal(String address) {
        return address.toLowerCase(Locale.ROOT);
    }
}
