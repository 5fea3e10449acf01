using System.Diagnostics.CodeAnalysis;

namespace Optim;

/// <summary>The element type of a tensor in a safetensors file; the names are the format's.</summary>
[SuppressMessage("Naming", "CA1707", Justification = "The names are those of the format.")]
public enum SafetensorsType
{
    /// <summary>A boolean in a byte: 0 or 1.</summary>
    BOOL,

    /// <summary>4 bits. Listed, not converted.</summary>
    F4,

    /// <summary>6 bits. Listed, not converted.</summary>
    F6_E2M3,

    /// <summary>6 bits. Listed, not converted.</summary>
    F6_E3M2,

    /// <summary>An unsigned 8-bit integer.</summary>
    U8,

    /// <summary>A signed 8-bit integer.</summary>
    I8,

    /// <summary>8 bits: the upper half of an <see cref="F16"/>.</summary>
    F8_E5M2,

    /// <summary>8 bits with a 3-bit fraction, no infinities (OCP's E4M3, "fn").</summary>
    F8_E4M3,

    /// <summary>8 bits, a power of two. Listed, not converted.</summary>
    F8_E8M0,

    /// <summary>A signed 16-bit integer.</summary>
    I16,

    /// <summary>An unsigned 16-bit integer.</summary>
    U16,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>The upper half of an <see cref="F32"/>.</summary>
    BF16,

    /// <summary>A signed 32-bit integer.</summary>
    I32,

    /// <summary>An unsigned 32-bit integer.</summary>
    U32,

    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>A complex number of two <see cref="F32"/>. Listed, not converted.</summary>
    C64,

    /// <summary>IEEE 754 double precision.</summary>
    F64,

    /// <summary>A signed 64-bit integer.</summary>
    I64,

    /// <summary>An unsigned 64-bit integer.</summary>
    U64,
}
