using Optim.LinearAlgebra;

namespace Optim;

/// <summary>On which side <see cref="GaLore"/> projects a gradient.</summary>
public enum GaLoreSide
{
    /// <summary>On the smaller: the columns' of a matrix with as many rows or more, the rows' of others.</summary>
    Smaller,

    /// <summary>On the larger.</summary>
    Larger,

    /// <summary>The rows': by left singular vectors.</summary>
    Left,

    /// <summary>The columns': by right singular vectors.</summary>
    Right,
}

/// <summary>Any rule, here AdamW, on the part of each matrix's gradient that a few of its singular vectors span: its memory is that much smaller.</summary>
/// <formula>
/// every T steps, and at first: Q = the r right singular vectors of g with the largest singular values, or the left ones
/// q = g Q; d = the step of the rule inside on q; u = c d Q^T, for each matrix
/// other tensors: u = the step of the rule inside on g
/// </formula>
/// <paper>Zhao, Zhang, Chen, Wang, Anandkumar and Tian 2024, GaLore: Memory-Efficient LLM Training by Gradient Low-Rank Projection</paper>
/// <definition>The authors' code; singular vectors in double.</definition>
/// <differs>The authors' AdamW adds epsilon to the uncorrected root and decays last. Here the rule inside sees the projected parameters: let a decay stand behind, <c>new GaLore(new Adam()).Then(...)</c>.</differs>
/// <remarks>
/// Matrices are tensors of two axes. Where the basis is renewed the rule inside goes on with the memory of the old one, as in the authors' code. It sees no objective and may keep no copy of the parameters. Slots: the inner rule's, for
/// matrices in the projected shape, then <c>projection</c> (Q^T), empty for all else.
/// </remarks>
[RegisteredRule("galore", "GaLore", StartingRate = 0.03, IsElementwise = false, IsPerTensor = true, IsComputeBound = true, IsWrapper = true)]
public sealed partial record GaLore : Rule
{
    /// <summary>Around <see cref="AdamW"/> without decay.</summary>
    public GaLore()
        : this(new AdamW { WeightDecay = 0 })
    {
    }

    /// <summary>Around a rule.</summary>
    /// <param name="inner">The rule that sees the projected gradients, a chain perhaps.</param>
    public GaLore(Rule inner) => Inner = inner;

    /// <summary>The rule inside, a chain perhaps.</summary>
    public Rule Inner
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Inner));
            field = value;
        }
    }

    /// <summary>r, the singular vectors of each matrix, 1 or more; a side that is smaller has all of its own. Default 128.</summary>
    [AtLeast(1)] public partial int Rank { get; init; } = 128;

    /// <summary>T, the steps from one basis to the next, 1 or more. Default 200.</summary>
    [AtLeast(1)] public partial int ProjectionPeriod { get; init; } = 200;

    /// <summary>c, a factor on the steps of matrices, 0 or more. Default 0.25.</summary>
    [Range(Bounds.NonNegative)] public partial Schedule ProjectedScale { get; init; } = 0.25;

    /// <summary>The side that is projected. Default the smaller.</summary>
    public GaLoreSide Side { get; init; }

    private static GaLore AtRate(Schedule rate) => new GaLore(new AdamW { WeightDecay = 0, LearningRate = rate });

    /// <inheritdoc/>
    public override IReadOnlyList<SlotDeclaration> DeclareSlots() =>
    [
        .. Inner.DeclareSlots().Select(slot => slot with { Dimensions = shape => slot.Dimensions is { } own ? own(Projected(shape)) : Projected(shape).Dimensions }),
        new("projection") { Dimensions = shape => IsProjected(shape) ? [RankOf(shape), OnRight(shape) ? shape.Dimensions[1] : shape.Dimensions[0]] : [0] },
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<ScalarDeclaration> DeclareScalars() => Inner.AllScalars();

    /// <inheritdoc/>
    public override IReadOnlyList<InnerRule> DeclareInner() => [new("inner", Inner)];

    /// <inheritdoc/>
    public override Rule ReplaceInner(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return this with { Inner = rules[0] };
    }

    /// <inheritdoc/>
    public override Composition DeclareComposition() => new() { KeepsObjectiveOut = "it sees projected parameters, at which there is no objective", KeepsProjectionOut = MixedElements.KeepProjectionOut };

    /// <inheritdoc/>
    public override bool DecaysByTensor() => false;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Inner.DeclareSlots().FirstOrDefault(slot => slot.FromParameters) is { } copy)
        {
            throw new ArgumentException($"{nameof(GaLore)} cannot hold {Inner.GetType().Name}, whose slot {copy.Name} begins as the parameters: of those it sees projections, by another basis each time.");
        }
    }

    /// <inheritdoc/>
    public override void ValidateFor(Layout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Inner.ValidateFor(LayoutOf(layout));
    }

    /// <inheritdoc/>
    public override void Prepare<T>(Plan<T> plan)
    {
        var at = At(plan);
        bool renews = plan.Clock % ProjectionPeriod == 0;
        var other = LayoutOf(plan.Layout);
        plan.PrepareOn(Inner, other, 1, (context, basis, run) =>
        {
            TensorSet<T> parameters = TensorSet.Filled(other, T.Zero), update = TensorSet.Filled(other, T.Zero);
            for (int i = 0; i < other.Count; i++)
            {
                if (IsProjected(context.Layout[i]) && renews)
                {
                    Renew(context.Layout[i], context.UpdateOf(i), Basis(context.ChangeSlot(basis), context, basis, i));
                }

                Project(context, basis, i, context.UpdateOf(i), Of(update, i));
                Project(context, basis, i, context.ParametersOf(i), Of(parameters, i));
            }

            run(parameters, update);
            var result = context.ChangeUpdate();
            for (int i = 0; i < other.Count; i++)
            {
                Return(context, basis, i, at.ProjectedScale, Of(update, i), result.Slice(context.Layout.OffsetOf(i), context.Layout[i].Length));
            }
        });
    }

    private static Span<T> Of<T>(TensorSet<T> set, int tensor)
        where T : unmanaged, IFloatingPointIeee754<T> => set.Writable.Slice(set.Layout.OffsetOf(tensor), set.Layout[tensor].Length);

    private static Span<T> Basis<T>(Span<T> slot, TensorStepContext<T> context, int basis, int tensor)
        where T : unmanaged, IFloatingPointIeee754<T> => slot.Slice(context.SlotLayout(basis).OffsetOf(tensor), context.SlotLayout(basis)[tensor].Length);

    private void Renew<T>(TensorShape shape, ReadOnlySpan<T> gradient, Span<T> basis)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int rows = shape.Dimensions[0], columns = shape.Dimensions[1];
        T[] matrix = gradient.ToArray();
        if (!OnRight(shape))
        {
            Product.Transpose<T>(gradient, matrix, rows, columns);
            (rows, columns) = (columns, rows);
        }

        double[] vectors = SingularVectors.Right<T>(matrix, rows, columns, RankOf(shape));
        for (int i = 0; i < basis.Length; i++)
        {
            basis[i] = T.CreateTruncating(vectors[i]);
        }
    }

    private void Project<T>(TensorStepContext<T> context, int basis, int tensor, ReadOnlySpan<T> full, Span<T> small)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var shape = context.Layout[tensor];
        if (!IsProjected(shape))
        {
            full.CopyTo(small);
            return;
        }

        int rows = shape.Dimensions[0], columns = shape.Dimensions[1], rank = RankOf(shape);
        var q = Basis(context.ChangeSlot(basis), context, basis, tensor);
        if (OnRight(shape))
        {
            T[] transposed = new T[q.Length];
            Product.Transpose<T>(q, transposed, rank, columns);
            Product.Of<T>(full, transposed, small, rows, columns, rank, context.Engine);
        }
        else
        {
            Product.Of<T>(q, full, small, rank, rows, columns, context.Engine);
        }
    }

    private void Return<T>(TensorStepContext<T> context, int basis, int tensor, double scale, ReadOnlySpan<T> small, Span<T> full)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var shape = context.Layout[tensor];
        if (!IsProjected(shape))
        {
            small.CopyTo(full);
            return;
        }

        int rows = shape.Dimensions[0], columns = shape.Dimensions[1], rank = RankOf(shape);
        var q = Basis(context.ChangeSlot(basis), context, basis, tensor);
        if (OnRight(shape))
        {
            Product.Of<T>(small, q, full, rows, rank, columns, context.Engine);
        }
        else
        {
            T[] transposed = new T[q.Length];
            Product.Transpose<T>(q, transposed, rank, rows);
            Product.Of<T>(transposed, small, full, rows, rank, columns, context.Engine);
        }

        T factor = T.CreateTruncating(scale);
        foreach (ref T value in full)
        {
            value *= factor;
        }
    }

    private static bool IsProjected(TensorShape shape) => shape.Dimensions.Count == 2 && shape.Length > 0;

    private bool OnRight(TensorShape shape) => Side switch
    {
        GaLoreSide.Left => false,
        GaLoreSide.Right => true,
        _ => shape.Dimensions[0] >= shape.Dimensions[1] == (Side == GaLoreSide.Smaller),
    };

    private int RankOf(TensorShape shape) => Math.Min(Rank, Math.Min(shape.Dimensions[0], shape.Dimensions[1]));

    private TensorShape Projected(TensorShape shape) => !IsProjected(shape) ? shape
        : OnRight(shape) ? new(shape.Name, shape.Dimensions[0], RankOf(shape))
        : new(shape.Name, RankOf(shape), shape.Dimensions[1]);

    private Layout LayoutOf(Layout layout) => Layout.OfSequence(layout.Select(Projected));
}
