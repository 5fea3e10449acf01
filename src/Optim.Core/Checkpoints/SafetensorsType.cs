using System.Diagnostics.CodeAnalysis;

namespace Optim;

/// <summary>The type of a tensor's elements in a safetensors file; the names are the format's.</summary>
[SuppressMessage("Naming", "CA1707", Justification = "The names are those of the format.")]
public enum SafetensorsType
{
    /// <summary>A truth value in a byte: 0 or 1.</summary>
    BOOL,

    /// <summary>4 bits. Listed, not converted.</summary>
    F4,

    /// <summary>6 bits. Listed, not converted.</summary>
    F6_E2M3,

    /// <summary>6 bits. Listed, not converted.</summary>
    F6_E3M2,

    /// <summary>A whole number of 8 bits, 0 or more.</summary>
    U8,

    /// <summary>A whole number of 8 bits.</summary>
    I8,

    /// <summary>8 bits: the upper half of an <see cref="F16"/>.</summary>
    F8_E5M2,

    /// <summary>8 bits with 3 of fraction, no infinities (OCP's E4M3, "fn").</summary>
    F8_E4M3,

    /// <summary>8 bits, a power of two. Listed, not converted.</summary>
    F8_E8M0,

    /// <summary>A whole number of 16 bits.</summary>
    I16,

    /// <summary>A whole number of 16 bits, 0 or more.</summary>
    U16,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>The upper half of an <see cref="F32"/>.</summary>
    BF16,

    /// <summary>A whole number of 32 bits.</summary>
    I32,

    /// <summary>A whole number of 32 bits, 0 or more.</summary>
    U32,

    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>A complex number of two <see cref="F32"/>. Listed, not converted.</summary>
    C64,

    /// <summary>IEEE 754 double precision.</summary>
    F64,

    /// <summary>A whole number of 64 bits.</summary>
    I64,

    /// <summary>A whole number of 64 bits, 0 or more.</summary>
    U64,
}
