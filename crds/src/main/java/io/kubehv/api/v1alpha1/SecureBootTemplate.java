package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whose signatures the firmware trusts: Hyper-V's names. */
public enum SecureBootTemplate {
    /** What Microsoft signs for others: the shims of Linux distributions. */
    @JsonProperty("MicrosoftUEFICertificateAuthority")
    MICROSOFT_UEFI_CERTIFICATE_AUTHORITY,

    /** Windows only: a Linux shim is refused. */
    @JsonProperty("MicrosoftWindows")
    MICROSOFT_WINDOWS,

    /** The keys of a Secret or a ConfigMap. */
    @JsonProperty("Custom")
    CUSTOM
}
