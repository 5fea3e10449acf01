using System.Numerics;

namespace Optim.Execution;

/// <summary>Terms as instructions on registers, in the order in which their values are needed.</summary>
internal sealed class TermProgram<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The maximum number of registers in use.</summary>
    public const int Registers = 32;

    private readonly Dictionary<Term, byte> places = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Term, int> uses = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<byte> free = new(Enumerable.Range(0, Registers).Reverse().Select(i => (byte)i));
    private readonly List<Instruction> code = [];
    private readonly string rule;

    private TermProgram(string rule) => this.rule = rule;

    /// <summary>The instructions, in order.</summary>
    public Instruction[] Code { get; private set; } = [];

    /// <summary>The register of the update.</summary>
    public byte Update { get; private set; }

    /// <summary>The register of each slot's new value.</summary>
    public byte[] Slots { get; private set; } = [];

    /// <exception cref="ArgumentException">More values are live at a time than there are registers.</exception>
    public static TermProgram<T> Of(ElementUpdate made, string rule)
    {
        var program = new TermProgram<T>(rule);
        Term[] kept = new Term[made.Kept.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = made.Kept[i] ?? Term.OfSlot(i);
        }

        program.Count(made.Update);
        Array.ForEach(kept, program.Count);
        program.Update = program.Place(made.Update);
        program.Slots = [.. kept.Select(program.Place)];
        program.Code = [.. program.code];
        return program;
    }

    private void Count(Term term)
    {
        bool known = uses.TryGetValue(term, out int count);
        uses[term] = count + 1;
        if (known)
        {
            return;
        }

        foreach (var operand in new[] { term.A, term.B, term.C })
        {
            if (operand is not null)
            {
                Count(operand);
            }
        }
    }

    private byte Place(Term term)
    {
        if (places.TryGetValue(term, out byte place))
        {
            return place;
        }

        // A product with a number needs no register for it.
        bool byNumber = term is { Operation: Operation.Multiply, B.Operation: Operation.Number };
        byte a = term.A is null ? (byte)term.Slot : Place(term.A);
        byte b = term.B is null || byNumber ? (byte)0 : Place(term.B);
        byte c = term.C is null ? (byte)0 : Place(term.C);
        Release(term.A);
        Release(byNumber ? null : term.B);
        Release(term.C);
        if (!free.TryPop(out place))
        {
            throw new ArgumentException(FormattableString.Invariant($"The rule '{rule}' needs more than {Registers} values at a time; make it a chain of two."), nameof(term));
        }

        places[term] = place;
        double number = byNumber ? term.B!.Number : term.Number;
        code.Add(new(term.Operation, place, a, b, c, byNumber, T.CreateTruncating(number)));
        return place;
    }

    private void Release(Term? term)
    {
        if (term is not null && --uses[term] == 0)
        {
            free.Push(places[term]);
        }
    }

    /// <summary>One operation: from registers (for a slot, its number) to a register.</summary>
    internal readonly record struct Instruction(Operation Operation, byte Target, byte A, byte B, byte C, bool ByNumber, T Number);
}
