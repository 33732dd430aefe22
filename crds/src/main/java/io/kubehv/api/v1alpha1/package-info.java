/**
 * KubeHV's API, version {@code v1alpha1}: kinds, their schema (defaults, enums, CEL rules, descriptions) and the
 * conditions' types and reasons. Models only: no behaviour, no client calls, nothing else of ours.
 */
@NullMarked
package io.kubehv.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
