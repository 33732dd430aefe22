package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The size of a huge page, as in Kubernetes' resources {@code hugepages-2Mi} and {@code hugepages-1Gi}. */
public enum HugePageSize {
    /** 2 MiB. */
    @JsonProperty("2Mi")
    TWO_MEBIBYTES,

    /** 1 GiB. */
    @JsonProperty("1Gi")
    ONE_GIBIBYTE
}
