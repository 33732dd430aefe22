package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;

/** A field that a request can't be without. */
public final class RequiredField {
    private RequiredField() {}

    /** Refuses a request that leaves the field empty. */
    public static void require(String text, String field) {
        if (text.isEmpty()) {
            throw new CsiException.InvalidRequest("the " + field + " is missing");
        }
    }
}
