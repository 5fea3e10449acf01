using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Optim.Lanes;

namespace Optim.Execution;

/// <summary>A program as a formula: interpreted lane by lane, which takes a few times as long as a compiled formula and needs no JIT.</summary>
internal readonly struct ProgramFormula<T, N>(TermProgram<T> program) : IFormula<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where N : struct, ISlotCount
{
    private readonly TermProgram<T> program = program;

    public static int SlotCount => N.Value;

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public L Apply<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, T>
        where S : struct, ISlots<L>
    {
        Unsafe.SkipInit(out Registers<L> registers);
        ref L r = ref Unsafe.As<Registers<L>, L>(ref registers);
        foreach (ref readonly var i in program.Code.AsSpan())
        {
            ref L target = ref Unsafe.Add(ref r, i.Target);
            switch (i.Operation)
            {
                case Operation.Gradient: target = update; break;
                case Operation.Parameter: target = parameter; break;
                case Operation.ReadSlot: target = slots.Read(i.A); break;
                case Operation.Number: target = L.Broadcast(i.Number); break;
                case Operation.Add: target = Unsafe.Add(ref r, i.A) + Unsafe.Add(ref r, i.B); break;
                case Operation.Subtract: target = Unsafe.Add(ref r, i.A) - Unsafe.Add(ref r, i.B); break;
                case Operation.Multiply when i.ByNumber: target = Unsafe.Add(ref r, i.A) * i.Number; break;
                case Operation.Multiply: target = Unsafe.Add(ref r, i.A) * Unsafe.Add(ref r, i.B); break;
                case Operation.Divide: target = Unsafe.Add(ref r, i.A) / Unsafe.Add(ref r, i.B); break;
                case Operation.Sqrt: target = L.Sqrt(Unsafe.Add(ref r, i.A)); break;
                case Operation.Abs: target = L.Abs(Unsafe.Add(ref r, i.A)); break;
                case Operation.Sign: target = L.Sign(Unsafe.Add(ref r, i.A)); break;
                case Operation.CubeRoot: target = L.CubeRoot(Unsafe.Add(ref r, i.A)); break;
                case Operation.Max: target = L.Max(Unsafe.Add(ref r, i.A), Unsafe.Add(ref r, i.B)); break;
                case Operation.Min: target = L.Min(Unsafe.Add(ref r, i.A), Unsafe.Add(ref r, i.B)); break;
                case Operation.FusedMultiplyAdd:
                    target = L.FusedMultiplyAdd(Unsafe.Add(ref r, i.A), Unsafe.Add(ref r, i.B), Unsafe.Add(ref r, i.C));
                    break;
                default:
                    target = L.SelectPositive(Unsafe.Add(ref r, i.A), Unsafe.Add(ref r, i.B), Unsafe.Add(ref r, i.C));
                    break;
            }
        }

        byte[] kept = program.Slots;
        for (int slot = 0; slot < kept.Length; slot++)
        {
            slots.Write(slot, Unsafe.Add(ref r, kept[slot]));
        }

        return Unsafe.Add(ref r, program.Update);
    }
}

[InlineArray(TermProgram<double>.Registers)]
[SuppressMessage("Style", "IDE0051", Justification = "The element of an inline array.")]
internal struct Registers<L>
{
    private L first;
}

/// <summary>A number of slots, as a type: a formula's number is known statically.</summary>
internal interface ISlotCount
{
    static abstract int Value { get; }
}

internal readonly struct Slots0 : ISlotCount
{
    public static int Value => 0;
}

internal readonly struct Slots1 : ISlotCount
{
    public static int Value => 1;
}

internal readonly struct Slots2 : ISlotCount
{
    public static int Value => 2;
}

internal readonly struct Slots3 : ISlotCount
{
    public static int Value => 3;
}

internal readonly struct Slots4 : ISlotCount
{
    public static int Value => 4;
}

internal readonly struct Slots5 : ISlotCount
{
    public static int Value => 5;
}

internal readonly struct Slots6 : ISlotCount
{
    public static int Value => 6;
}

internal readonly struct Slots7 : ISlotCount
{
    public static int Value => 7;
}

internal readonly struct Slots8 : ISlotCount
{
    public static int Value => 8;
}
