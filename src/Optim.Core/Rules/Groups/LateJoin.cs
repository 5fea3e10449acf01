namespace Optim;

/// <summary>Makes of a state's rule and scalars those with which tensors go on that have joined, or are no longer frozen.</summary>
internal sealed class LateJoin
{
    private readonly Layout layout;
    private readonly double[] scalars;
    private readonly TensorSelector? thawed;
    private readonly List<double> after = [];

    private LateJoin(Layout layout, double[] scalars, TensorSelector? thawed)
    {
        this.layout = layout;
        this.scalars = scalars;
        this.thawed = thawed;
    }

    /// <summary>Whether a tensor was thawed; with every selector that fits none, or no frozen tensor, it was not.</summary>
    public bool HasThawed { get; private set; }

    /// <summary>The rule with which tensors join a run.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="step">The steps the run has taken.</param>
    /// <param name="scalars">Its scalars.</param>
    /// <param name="layout">The layout with the tensors that join.</param>
    /// <param name="late">The tensors that join.</param>
    /// <param name="own">The run of the same rule that they come from. Null where they begin here.</param>
    public static (Rule Rule, double[] Scalars) Of(Rule rule, long step, double[] scalars, Layout layout, IReadOnlyList<TensorShape> late, Own? own = null)
    {
        var join = new LateJoin(layout, scalars, null);
        var joined = join.Visit(rule, step, 0, late, own);
        return (joined, [.. join.after]);
    }

    /// <summary>The rule with which frozen tensors move.</summary>
    /// <exception cref="ArgumentException">None of the tensors is frozen.</exception>
    public static (Rule Rule, double[] Scalars) Thaw(Rule rule, long step, double[] scalars, Layout layout, TensorSelector tensors)
    {
        var join = new LateJoin(layout, scalars, tensors);
        var thawed = join.Visit(rule, step, 0, [], null);
        return join.HasThawed ? (thawed, [.. join.after]) : throw new ArgumentException(
            $"{nameof(tensors)} must hold a tensor that a {nameof(Freeze)} in the rule holds still, was '{tensors.Text}'; frozen are: {Frozen(rule, layout)}.", nameof(tensors));
    }

    /// <summary>At which step a tensor has joined, by the first rule that says so; 0 where none does.</summary>
    public static long JoinedAt(Rule rule, string name) => RuleTree.Find(rule, part => part is LateTensors late && late.Names.Contains(name)) is LateTensors found
        ? found.JoinedAt[found.Names.Index().First(own => own.Item == name).Index]
        : 0;

    /// <summary>A rule with the clocks that the one before it has, where it says nothing of clocks itself.</summary>
    public static Rule KeepingClocks(Rule rule, Rule before) =>
        RuleTree.Find(before, part => part is LateTensors) is null || RuleTree.Find(rule, part => part is LateTensors) is not null ? rule : WithClocksOf(rule, before);

    /// <summary>A rule with the clocks that another one has at the same places, and none of its own.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="saved">The other rule.</param>
    public static Rule WithClocksOf(Rule rule, Rule saved)
    {
        LateTensors? own = rule as LateTensors, others = saved as LateTensors;
        Rule part = own?.Inner ?? rule, other = others?.Inner ?? saved;
        IReadOnlyList<InnerRule> inner = part.DeclareInner(), otherInner = other.DeclareInner();
        if (inner.Count > 0)
        {
            Rule[] rules = [.. inner.Select((one, i) => i < otherInner.Count ? WithClocksOf(one.Rule, otherInner[i].Rule) : one.Rule)];
            return inner.Zip(rules).All(pair => ReferenceEquals(pair.First.Rule, pair.Second)) ? rule : part.ReplaceInner(rules);
        }

        return otherInner.Count > 0 || !part.CountsSteps() ? rule : others is null ? part : new LateTensors(part, others.Names, others.JoinedAt);
    }

    private static string Frozen(Rule rule, Layout layout)
    {
        List<string> names = [];
        RuleTree.Find(rule, part =>
        {
            names.AddRange(part is Freeze freeze ? layout.Where(freeze.Tensors.Takes).Select(shape => shape.Name) : []);
            return false;
        });
        return names.Count == 0 ? "none" : string.Join(", ", names);
    }

    /// <summary>The rule, changed, its scalars appended to those after.</summary>
    /// <param name="rule">A rule of the tree.</param>
    /// <param name="clock">The steps it has taken.</param>
    /// <param name="first">The first of its scalars.</param>
    /// <param name="late">The tensors that join, of those it sees.</param>
    /// <param name="own">The same rule of the run that they come from.</param>
    private Rule Visit(Rule rule, long clock, int first, IReadOnlyList<TensorShape> late, Own? own)
    {
        if (rule is LateTensors known)
        {
            return WithClocks(known, clock, first, late, own);
        }

        var inner = rule.DeclareInner();
        var all = rule.AllScalars();
        long ownClock = own?.Clock ?? 0;
        if (late.Count > 0 && clock != ownClock && rule.WhyOneClock(Math.Max(clock, ownClock)) is { Length: > 0 } reason)
        {
            throw new InvalidOperationException(
                $"Tensor '{late[0].Name}' cannot join {rule.GetType().Name} in the middle of a run: {reason}; put it into a group of its own, in a new {nameof(Partition)} with a fresh state.");
        }

        if (inner.Count == 0)
        {
            return WithClocks(new(rule, [], []), clock, first, late, own);
        }

        long inside = rule.InnerClock(clock, name => scalars[first + ScalarDeclaration.Find(all, name)]);
        var ownInner = own?.Inside();
        int next = first;
        var rules = new Rule[inner.Count];
        var moving = rule is Freeze frozen && thawed is not null ? layout.Where(shape => frozen.Tensors.Takes(shape) && thawed.Takes(shape)).ToList() : [];
        for (int i = 0; i < rules.Length; i++)
        {
            var seen = rule.SeenInside(i);
            rules[i] = Visit(inner[i].Rule, inside, next, [.. seen is null ? late : late.Where(seen), .. moving], ownInner?[i]);
            next += inner[i].Rule.AllScalars().Count;
        }

        for (; next < first + all.Count; next++)
        {
            after.Add(scalars[next]);
        }

        if (moving.Count == 0)
        {
            return rule.ReplaceInner(rules);
        }

        HasThawed = true;
        var still = ((Freeze)rule).Tensors.And(thawed!.Not());
        return layout.Any(still.Takes) ? new Freeze(rules[0], still) : rules[0];
    }

    /// <summary>A rule without others inside, with the clocks it had and those of the tensors that join.</summary>
    private Rule WithClocks(LateTensors known, long clock, int first, IReadOnlyList<TensorShape> late, Own? own)
    {
        var rule = known.Inner;
        after.AddRange(scalars.AsSpan(first, rule.AllScalars().Count));
        var joining = late.Select(shape => shape.Name).ToHashSet(StringComparer.Ordinal);
        if (!rule.CountsSteps())
        {
            joining.Clear();
        }

        // Those that had clocks and keep them, then those that join; who has taken as many steps as the run goes by its clock.
        var clocks = known.Names.Zip(known.JoinedAt).Where(pair => !joining.Contains(pair.First))
            .Select(pair => (Name: pair.First, JoinedAt: pair.Second, Scalars: ScalarsOf(scalars, first, known, pair.Second))).ToList();
        foreach (var shape in late.Where(shape => joining.Contains(shape.Name)))
        {
            long joinedAt = own is null ? clock : clock - own.StepsOf(shape.Name);
            if (joinedAt != 0)
            {
                clocks.Add((shape.Name, joinedAt, own is null ? [.. rule.DeclareScalars().Select(scalar => scalar.Initial)] : own.ScalarsOf(shape.Name)));
            }
        }

        after.AddRange(clocks.DistinctBy(one => one.JoinedAt).SelectMany(one => one.Scalars));
        return clocks.Count == 0 ? rule : new LateTensors(rule, [.. clocks.Select(each => each.Name)], [.. clocks.Select(each => each.JoinedAt)]);
    }

    /// <summary>The scalars of those that joined at a step: after the run's, those of its schedules included.</summary>
    private static double[] ScalarsOf(double[] scalars, int first, LateTensors late, long joinedAt)
    {
        int each = late.Inner.DeclareScalars().Count, at = joinedAt == 0 ? -1 : late.Clocks.Index().First(clock => clock.Item == joinedAt).Index;
        return scalars.AsSpan(at < 0 ? first : first + late.Inner.AllScalars().Count + (at * each), each).ToArray();
    }

    /// <summary>A rule of another run.</summary>
    /// <param name="Rule">The rule, with its clocks.</param>
    /// <param name="Clock">The steps it has taken.</param>
    /// <param name="Scalars">All scalars of that run.</param>
    /// <param name="First">The first of this rule's.</param>
    internal sealed record Own(Rule Rule, long Clock, double[] Scalars, int First = 0)
    {
        private LateTensors Late { get; } = Rule as LateTensors ?? new(Rule, [], []);

        /// <summary>The rules inside.</summary>
        public Own[] Inside()
        {
            var all = Rule.AllScalars();
            long inside = Rule.InnerClock(Clock, name => Scalars[First + ScalarDeclaration.Find(all, name)]);
            int next = First;
            return [.. Rule.DeclareInner().Select(inner =>
            {
                var own = new Own(inner.Rule, inside, Scalars, next);
                next += inner.Rule.AllScalars().Count;
                return own;
            })];
        }

        /// <summary>The steps that a tensor has taken.</summary>
        public long StepsOf(string name) => Clock - JoinedAt(name);

        /// <summary>The scalars that it goes by.</summary>
        public double[] ScalarsOf(string name) => LateJoin.ScalarsOf(Scalars, First, Late, JoinedAt(name));

        private long JoinedAt(string name) => Late.Names.Zip(Late.JoinedAt).FirstOrDefault(pair => pair.First == name).Second;
    }
}
