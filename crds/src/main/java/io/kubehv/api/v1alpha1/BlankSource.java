package io.kubehv.api.v1alpha1;

/** An empty disk. It has no settings. */
public record BlankSource() {}
