using System.Numerics;

namespace Optim.Execution;

/// <summary>
/// What one step will do: the formulas of all rules in order, with their scalars at this step's clock, cut where a norm must be known.
/// A rule writes itself into the plan; nothing is computed on tensors until the plan is whole.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Plan<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<object> items = new(4);
    private readonly IReadOnlyDictionary<string, int>? scalarIndices;
    private readonly double[] scalars;
    private double[]? newScalars;

    internal Plan(
        long clock, double? loss, TensorSet<T>? hessianDiagonal, TensorSet<T> parameters, IReadOnlyDictionary<string, int>? scalarIndices, double[] scalars)
    {
        Clock = clock;
        Loss = loss;
        HessianDiagonal = hessianDiagonal;
        Parameters = parameters;
        this.scalarIndices = scalarIndices;
        this.scalars = scalars;
    }

    /// <summary>The number of steps taken before this one: where schedules are evaluated.</summary>
    public long Clock { get; }

    /// <summary>This step's number, from 1: what bias corrections are raised to.</summary>
    public long Step => Clock + 1;

    /// <summary>The loss at the parameters, where it was given.</summary>
    public double? Loss { get; }

    /// <summary>An estimate of the Hessian's diagonal, where it was given.</summary>
    public TensorSet<T>? HessianDiagonal { get; }

    /// <summary>The parameters before this step.</summary>
    public TensorSet<T> Parameters { get; }

    internal IReadOnlyList<object> Items => items;

    /// <summary>The slots claimed so far, by all rules.</summary>
    internal int ClaimedSlots { get; private set; }

    /// <summary>Whether a failure could come after slots have been written, so that they must not be written in place.</summary>
    internal bool CanFailMidway { get; private set; }

    /// <summary>Whether a norm is needed of an update that only exists once some formulas have run.</summary>
    internal bool NeedsWholeUpdate { get; private set; }

    /// <summary>Slots that no formula writes at this step; null when there are none.</summary>
    internal List<int>? IdleSlots { get; private set; }

    internal double[] NewScalars => newScalars ?? scalars;

    /// <summary>Appends a formula. Its slots are the next ones that the rule declared.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="formula">The formula, its scalars already those of this step.</param>
    public void Apply<F>(F formula)
        where F : struct, IFormula<T> => items.Add(new Stage<T, F>(formula, Claim(F.SlotCount)));

    /// <summary>Appends a formula that depends on a norm of the update as it arrives there, over all tensors.</summary>
    /// <typeparam name="F">The formula's type.</typeparam>
    /// <param name="normType">The norm's order: a whole number of 1 or more, or infinity.</param>
    /// <param name="formula">From the norm to the formula; null leaves the update as it is (a formula with slots must not be null).</param>
    /// <param name="mayThrow">Whether the function may throw. If so, slots before it are never written in place, so that a failed step leaves no trace.</param>
    public void ApplyAfterNorm<F>(double normType, Func<double, F?> formula, bool mayThrow = true)
        where F : struct, IFormula<T>
    {
        ArgumentNullException.ThrowIfNull(formula);
        GlobalNorm.CheckType(normType);
        CanFailMidway |= (mayThrow || F.SlotCount > 0) && ClaimedSlots > 0;
        NeedsWholeUpdate |= items.Count > 0;
        items.Add(new Barrier<T, F>(normType, Claim(F.SlotCount), formula));
    }

    /// <summary>Passes over slots that the rule declared and does not use at this step; they stay as they are.</summary>
    /// <param name="count">How many.</param>
    public void LeaveSlots(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        for (int slot = Claim(count); slot < ClaimedSlots; slot++)
        {
            (IdleSlots ??= []).Add(slot);
        }
    }

    /// <summary>The loss, for a rule that cannot do without.</summary>
    /// <param name="rule">The rule's name, for the error.</param>
    /// <exception cref="ArgumentException">The step was not given the loss.</exception>
    public double RequireLoss(string rule) => Loss
        ?? throw new ArgumentException($"{rule} needs the loss at each step: Step(state, gradient, loss: ...).", "loss");

    /// <summary>The Hessian's diagonal, for a rule that cannot do without.</summary>
    /// <param name="rule">The rule's name, for the error.</param>
    /// <exception cref="ArgumentException">The step was not given it.</exception>
    public TensorSet<T> RequireHessianDiagonal(string rule) => HessianDiagonal
        ?? throw new ArgumentException($"{rule} needs the Hessian's diagonal at this step: Step(state, gradient, hessianDiagonal: ...).", "hessianDiagonal");

    /// <summary>A scalar of the state before this step.</summary>
    /// <param name="name">The name the rule declared.</param>
    public double Scalar(string name) => scalars[ScalarIndex(name)];

    /// <summary>Sets a scalar of the state after this step.</summary>
    /// <param name="name">The name the rule declared.</param>
    /// <param name="value">The new value.</param>
    public void SetScalar(string name, double value) => (newScalars ??= [.. scalars])[ScalarIndex(name)] = value;

    private int ScalarIndex(string name) => scalarIndices is not null && scalarIndices.TryGetValue(name, out int index)
        ? index
        : throw new InvalidOperationException($"No rule declares a scalar '{name}'.");

    private int Claim(int count)
    {
        int first = ClaimedSlots;
        ClaimedSlots += count;
        return first;
    }
}
