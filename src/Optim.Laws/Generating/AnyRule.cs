using Optim.Execution;

namespace Optim.Laws;

/// <summary>Random rules and hyperparameters.</summary>
internal static partial class AnyRule
{
    /// <summary>The registered rules that need only a gradient.</summary>
    public static IReadOnlyList<RuleEntry> OfGradient { get; } = [.. RuleRegistry.All.Where(entry => !entry.NeedsObjective && !entry.NeedsLoss && !entry.NeedsHessianDiagonal)];

    /// <summary>A registered rule with random hyperparameters.</summary>
    public static Rule Of(Draw draw, RuleEntry entry) => Varied(draw, entry.Create());

    /// <summary>A rule like another, with random values for every settable hyperparameter.</summary>
    public static Rule Varied(Draw draw, Rule plain)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            var rule = plain;
            foreach (var hyperparameter in RuleProperty.Of(rule))
            {
                // A rule told to refuse what it meets has no result to compare.
                if (draw.Integer(0, 2) > 0 && !hyperparameter.Refuses && hyperparameter.CanVary)
                {
                    rule = hyperparameter.With(rule, hyperparameter.Any(draw, rule));
                }
            }

            if (IsValid(rule))
            {
                return rule is RollbackOnDivergence returning ? returning.WithMaxRollbacks(int.MaxValue) : rule;
            }
        }

        return plain;
    }

    /// <summary>A registered rule without the options that make an element's update depend on other elements.</summary>
    public static Rule Elementwise(Draw draw, RuleEntry entry)
    {
        var rule = Of(draw, entry);
        return RuleProperty.Of(rule).FirstOrDefault(h => h.Name == "Cautious")?.With(rule, false) ?? rule;
    }

    /// <summary>A chain of one to three registered rules that go together, some of them chains themselves.</summary>
    public static Rule Chain(Draw draw, int depth = 1) => InARow(draw, () => depth > 0 && draw.OneIn(4) ? Chain(draw, depth - 1) : Of(draw, draw.Of(OfGradient)));

    /// <summary>Nested rules: chains, wrappers and parameter groups around registered rules.</summary>
    public static Rule Tree(Draw draw, int depth = 3)
    {
        switch (depth == 0 ? 5 : draw.Integer(0, 5))
        {
            case 0:
                return InARow(draw, () => Tree(draw, depth - 1));
            case 1:
                var groups = new Partition([
                    .. Enumerable.Range(0, draw.Integer(0, 2)).Select(_ => new ParameterGroup(Tensors(draw), Tree(draw, depth - 1))),
                    new ParameterGroup(TensorSelector.All, Tree(draw, depth - 1))]);
                return IsValid(groups) ? groups : new Partition();
            case 2 or 3:
                var around = Of(draw, draw.Of(Wrappers.Value));
                var tree = around.ReplaceInner([.. around.DeclareInner().Select(_ => Tree(draw, depth - 1))]);

                // One that cannot hold what was drawn keeps what it has.
                return IsValid(tree) ? tree : around;
            default:
                return Of(draw, draw.Of(OfGradient));
        }
    }

    /// <summary>A rule around a tree that it can hold.</summary>
    /// <param name="draw">Draws the tree.</param>
    /// <param name="depth">How deep it is.</param>
    /// <param name="around">Puts the rule around.</param>
    public static Rule Around(Draw draw, int depth, Func<Rule, Rule> around)
    {
        for (int attempt = 0; attempt < 30; attempt++)
        {
            var rule = around(Tree(draw, depth));
            if (IsValid(rule))
            {
                return rule;
            }
        }

        return around(new Identity());
    }

    /// <summary>Rules within rules, one of which evaluates the objective: within guards and what else may stand around it.</summary>
    public static Rule TreeOnObjective(Draw draw, int depth = 3)
    {
        switch (depth == 0 ? 5 : draw.Integer(0, 6))
        {
            case 0:
                return new ApplyIfFinite(TreeOnObjective(draw, depth - 1)) { Policy = draw.Of(NonFinitePolicy.Skip, NonFinitePolicy.Skip, NonFinitePolicy.Propagate) };
            case 1:
                return new RollbackOnDivergence(TreeOnObjective(draw, depth - 1))
                {
                    RateShrink = draw.Of(1, 0.5, 0.3), SnapshotPeriod = draw.Integer(1, 3), LossFactor = draw.Of(double.PositiveInfinity, 10, 1.5), MaxRollbacks = int.MaxValue,
                };
            case 2:
                return draw.Of<Func<Rule, Rule>>(
                    inner => new Lookahead(inner) { SyncPeriod = draw.Integer(1, 4) }, inner => new ParameterEma(inner) { Decay = draw.Of(0, 0.5, 0.9) },
                    inner => new StochasticWeightAveraging(inner), inner => new Accumulate(inner, 1), inner => new Chain(new Identity(), inner))(TreeOnObjective(draw, depth - 1));
            case 3:
                return InARow(draw, () => Of(draw, draw.Of(OfGradient)), new Sam(Inner(draw)));
            default:
                return draw.Integer(0, 9) switch
                {
                    0 => new Lbfgs { MaxIterations = draw.Integer(1, 4), HistorySize = draw.Integer(1, 4), LineSearch = draw.Of<LineSearch>(new FixedStep(), new StrongWolfe(), new MoreThuente(), new HagerZhang(), new Backtracking()), LearningRate = draw.Of(1, 0.1) },
                    1 => new RandomSearch { Candidates = draw.Integer(1, 4), Radius = draw.Fraction() },
                    2 => new LbfgsB
                    {
                        MaxIterations = draw.Integer(1, 4), HistorySize = draw.Integer(1, 4), LineSearch = Search(draw), Lower = [draw.Of(double.NegativeInfinity, -2)], Upper = [draw.Of(double.PositiveInfinity, 2)],
                    },
                    3 => new OwlQn { HistorySize = draw.Integer(1, 4), L1 = [draw.Of(0, 0.1)] },
                    4 => new GradientDescent { LearningRate = Rate(draw), Growth = draw.Of(1, 2), LineSearch = Search(draw) },
                    5 => new NonlinearConjugateGradient { LearningRate = Rate(draw), Form = draw.Of(Enum.GetValues<ConjugateGradientForm>()), LineSearch = Search(draw) },
                    _ => new Sam(draw.Coin() || Tree(draw, 1) is not { } tree || TakesScaledGradients(tree) ? Inner(draw) : tree) { Rho = draw.Of(0.05, 0.5), Adaptive = draw.Coin() },
                };
        }
    }

    /// <summary>Whether a rule, or one inside it, undoes loss scaling, which goes around guards and not inside.</summary>
    private static bool TakesScaledGradients(Rule rule) => rule.DeclareComposition().TakesScaledGradients || rule.DeclareInner().Any(inner => TakesScaledGradients(inner.Rule));

    private static LineSearch Search(Draw draw) => draw.Of<LineSearch>(new StrongWolfe(), new MoreThuente(), new HagerZhang(), new Backtracking());

    /// <summary>A number, or a rate that begins at 0.</summary>
    private static Schedule Rate(Draw draw) => draw.Of(Schedule.Constant(1), Schedule.Constant(0.1), Schedule.Linear(0, 1, draw.Integer(1, 4)));

    /// <summary>Two rules that do not go together, composed: what must be refused.</summary>
    public static Rule Refused(Draw draw)
    {
        // Deep inside, both of them.
        Rule evaluating = TreeOnObjective(draw, draw.Integer(0, 2));
        Rule pointed = Nested(draw, draw.Of<Rule>(
            new Asgd(), new ScheduleFreeSgd(), new ScheduleFreeAdamW(), new Lookahead(Inner(draw)), new Ranger(), new ParameterEma(Inner(draw)), new StochasticWeightAveraging(Inner(draw)), new Lbfgs(),
            new LbfgsB(), new OwlQn(), new GradientDescent(), new NonlinearConjugateGradient(), new RandomSearch(), new Sgd { Momentum = 0.9, Nesterov = true, LearningRateInVelocity = true, LookAhead = true }));
        Rule projection = draw.Of<Rule>(new ProjectOntoBox(), new ProjectOntoBall(), new ProjectOntoSimplex(), new Masked(new ProjectOntoBall(), Tensors(draw)));
        Rule changing = draw.Of<Rule>(new ClipByGlobalNorm(), new Scale(0.5), new AddDecayedWeights(0.1), projection, new ScaleByMomentum());
        Rule resting = draw.Of<Rule>(
            new Accumulate(Inner(draw), draw.Integer(2, 5)), new AccumulateOnSchedule(Inner(draw), 2), new ApplyIfFinite(Inner(draw)), new SkipLargeUpdates(Inner(draw)), new RollbackOnDivergence(Inner(draw)),
            new Conditionally(new Scale(0.5), Schedule.OfFunction("odd", t => t % 2)), new DynamicLossScaling(Inner(draw)));
        Rule refused = draw.Integer(0, 10) switch
        {
            0 => new Accumulate(evaluating, draw.Integer(2, 5)),
            1 => new Sam(evaluating),
            2 => draw.Of<Rule>(new Freeze(evaluating, Tensors(draw)), new Masked(evaluating, Tensors(draw)), new Muon { Fallback = evaluating }, new Partition(new ParameterGroup(TensorSelector.All, evaluating))),
            3 => new Chain(changing, evaluating),
            4 => new Chain(pointed, changing),
            5 => new Chain(draw.Of<Rule>(new Muon(), new Shampoo(), new Soap(), new DAdaptSgd(), new DAdaptAdam()), projection),
            6 => new Chain(changing, Nested(draw, new DynamicLossScaling(Inner(draw)))),
            7 => draw.Of<Func<Rule, Rule>>(inner => new ScheduleFree(inner), inner => new Cautious(inner), inner => new DAdaptation(inner), inner => new Mechanic(inner), inner => new Trac(inner))(resting),
            8 => draw.Of<Func<Rule, Rule>>(inner => new SkipLargeUpdates(inner), inner => new ApplyIfFinite(inner), inner => new RollbackOnDivergence(inner), inner => new Masked(inner, Tensors(draw)))(new DynamicLossScaling(Inner(draw))),
            9 => draw.Of<Func<Rule, Rule>>(inner => new Cautious(inner), inner => new DAdaptation(inner), inner => new Mechanic(inner))(
                draw.Of<Rule>(new MadGrad(), new Cocob(), new DAdaptSgd(), new Adam { Maximize = true }, new Sgd { Maximize = true })),
            _ => new Conditionally(draw.Of<Rule>(new Adam(), new Sgd(), new Muon(), new ClipByGlobalNorm(1).Then(new AdamW())), Schedule.OfFunction("odd", t => t % 2)),
        };
        return draw.Coin() ? refused : Nested(draw, refused);
    }

    /// <summary>A rule within others that let anything in.</summary>
    private static Rule Nested(Draw draw, Rule rule) => draw.Integer(0, 4) switch
    {
        0 => new ApplyIfFinite(rule),
        1 => new Lookahead(rule),
        2 => new RollbackOnDivergence(rule),
        _ => rule,
    };

    /// <summary>One to three rules in a row that go together, behind one that is given.</summary>
    private static Chain InARow(Draw draw, Func<Rule> any, Rule? first = null)
    {
        Rule[] head = first is null ? [] : [first];
        var chain = new Chain(head);
        for (int left = draw.Integer(1, 3), attempt = 0; left > 0 && attempt < 30; attempt++)
        {
            var longer = new Chain([.. chain.Rules, any()]);
            if (IsValid(longer))
            {
                (chain, left) = (longer, left - 1);
            }
        }

        return chain;
    }

    private static readonly Lazy<RuleEntry[]> Wrappers = new(() => [.. OfGradient.Where(entry => entry.Create().DeclareInner().Count > 0)]);

    /// <summary>An inner rule: an elementwise one without inner rules, so that cases stay small.</summary>
    public static Rule Inner(Draw draw) => Elementwise(draw, draw.Of(Leaves.Value));

    /// <summary>A rule that another may stand behind.</summary>
    /// <param name="draw">Draws it.</param>
    /// <param name="any">Draws candidates; by default rules that hold no other.</param>
    public static Rule ToFollow(Draw draw, Func<Rule>? any = null)
    {
        for (int attempt = 0; attempt < 30; attempt++)
        {
            var rule = any is null ? Inner(draw) : any();
            if (IsValid(rule.Then(new Scale())))
            {
                return rule;
            }
        }

        return new Sgd();
    }

    /// <summary>An inner rule that moves parameters by an update, bit for bit.</summary>
    public static Rule InnerThatMoves(Draw draw)
    {
        var rule = Inner(draw);
        return Places(rule, steps: 40) ? new Sgd() : rule;
    }

    /// <summary>Some tensors of a scenario: all, none, by name, by rank, or the rest.</summary>
    public static TensorSelector Tensors(Draw draw) => (draw.Integer(0, 6) switch
    {
        0 => TensorSelector.All,
        1 => TensorSelector.None,
        2 => TensorSelector.Named("t0"),
        3 => TensorSelector.Named("t1", "t?3*"),
        4 => TensorSelector.OfRank(draw.Integer(0, 3)),
        5 => TensorSelector.OfRank(2, int.MaxValue).Or(TensorSelector.Named("t2")),
        _ => TensorSelector.Named("t0").Not(),
    }).OrNone();

    /// <summary>Whether the rule sets parameters at one of its first steps, rather than moving them: its update is then a rounded difference.</summary>
    public static bool Places(Rule rule, int steps)
    {
        var state = Optimizer.Init(rule, TensorSet.OfArray([1.0]));
        return Enumerable.Range(0, steps).Any(clock =>
            PlainExecutor.SetsParameters(Optimizer.Restore(rule, clock, state.Parameters, state.Slots, state.Scalars)));
    }

    /// <summary>Whether it or an inner rule does.</summary>
    public static bool PlacesAnywhere(Rule rule, int steps) => Places(rule, steps) || rule.DeclareInner().Any(inner => PlacesAnywhere(inner.Rule, steps));

    private static readonly Lazy<RuleEntry[]> Leaves = new(() =>
        [.. OfGradient.Where(entry => entry.IsElementwise && !RuleProperty.Of(entry.Create()).Any(h => h.IsRule))]);

    public static bool IsValid(Rule rule)
    {
        try
        {
            rule.Validate();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
