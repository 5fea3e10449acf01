namespace Optim;

/// <summary>Makes of a state's rule and scalars those with which tensors go on that have joined, or are no longer frozen.</summary>
internal sealed class LateJoin
{
    private readonly Layout layout;
    private readonly double[] scalars;
    private readonly double[]? ownScalars;
    private readonly TensorSelector? thawed;
    private readonly List<double> after = [];

    private LateJoin(Layout layout, double[] scalars, double[]? ownScalars, TensorSelector? thawed)
    {
        this.layout = layout;
        this.scalars = scalars;
        this.ownScalars = ownScalars;
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
    /// <param name="own">What they come with where they come from a run of the same rule: its steps and its scalars. Null where they begin here.</param>
    public static (Rule Rule, double[] Scalars) Of(Rule rule, long step, double[] scalars, Layout layout, IReadOnlyList<TensorShape> late, (long Step, double[] Scalars)? own = null)
    {
        var join = new LateJoin(layout, scalars, own?.Scalars, null);
        var joined = join.Visit(rule, step, own?.Step ?? 0, 0, late);
        return (joined, [.. join.after]);
    }

    /// <summary>The rule with which frozen tensors move.</summary>
    /// <exception cref="ArgumentException">None of the tensors is frozen.</exception>
    public static (Rule Rule, double[] Scalars) Thaw(Rule rule, long step, double[] scalars, Layout layout, TensorSelector tensors)
    {
        var join = new LateJoin(layout, scalars, null, tensors);
        var thawed = join.Visit(rule, step, 0, 0, []);
        return join.HasThawed ? (thawed, [.. join.after]) : throw new ArgumentException(
            $"{nameof(tensors)} must hold a tensor that a {nameof(Freeze)} in the rule holds still, was '{tensors.Text}'; frozen are: {Frozen(rule, layout)}.", nameof(tensors));
    }

    /// <summary>At which step a tensor has joined, by the first rule that says so; 0 where none does.</summary>
    public static long JoinedAt(Rule rule, string name) => RuleTree.Find(rule, part => part is LateTensors late && late.Names.Contains(name)) is LateTensors found
        ? found.JoinedAt[found.Names.Index().First(own => own.Item == name).Index]
        : 0;

    /// <summary>A rule with the clocks that the one before it has, where it says nothing of clocks itself.</summary>
    public static Rule KeepingClocks(Rule rule, Rule before) =>
        RuleTree.Find(before, part => part is LateTensors) is null || RuleTree.Find(rule, part => part is LateTensors) is not null ? rule : WithClocksOf(rule, before, _ => true);

    /// <summary>A rule with the clocks that another one has at the same places, for some tensors; for the others it keeps its own.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="saved">The other rule.</param>
    /// <param name="has">Of which tensors the other rule is to say what their clocks are.</param>
    public static Rule WithClocksOf(Rule rule, Rule saved, Func<string, bool> has)
    {
        LateTensors? own = rule as LateTensors, others = saved as LateTensors;
        Rule part = own?.Inner ?? rule, other = others?.Inner ?? saved;
        IReadOnlyList<InnerRule> inner = part.DeclareInner(), otherInner = other.DeclareInner();
        if (inner.Count > 0)
        {
            Rule[] rules = [.. inner.Select((one, i) => i < otherInner.Count ? WithClocksOf(one.Rule, otherInner[i].Rule, has) : one.Rule)];
            return inner.Zip(rules).All(pair => ReferenceEquals(pair.First.Rule, pair.Second)) ? rule : part.ReplaceInner(rules);
        }

        if ((own is null && others is null) || otherInner.Count > 0 || !part.CountsSteps())
        {
            return rule;
        }

        var clocks = Of(own).Where(clock => !has(clock.Name)).Concat(Of(others).Where(clock => has(clock.Name))).ToList();
        return clocks.Count == 0 ? part : new LateTensors(part, [.. clocks.Select(clock => clock.Name)], [.. clocks.Select(clock => clock.JoinedAt)]);

        static IEnumerable<(string Name, long JoinedAt)> Of(LateTensors? late) => late is null ? [] : late.Names.Zip(late.JoinedAt);
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
    /// <param name="own">The steps that the tensors that join have taken with it.</param>
    /// <param name="first">The first of its scalars.</param>
    /// <param name="late">The tensors that join, of those it sees.</param>
    private Rule Visit(Rule rule, long clock, long own, int first, IReadOnlyList<TensorShape> late)
    {
        if (rule is LateTensors known)
        {
            return WithClocks(known, clock, own, first, late);
        }

        var inner = rule.DeclareInner();
        var all = rule.AllScalars();
        if (late.Count > 0 && clock != own && rule.WhyOneClock(Math.Max(clock, own)) is { Length: > 0 } reason)
        {
            throw new InvalidOperationException(
                $"Tensor '{late[0].Name}' cannot join {rule.GetType().Name} in the middle of a run: {reason}; put it into a group of its own, in a new {nameof(Partition)} with a fresh state.");
        }

        if (inner.Count == 0)
        {
            return WithClocks(new(rule, [], []), clock, own, first, late);
        }

        long inside = rule.InnerClock(clock, name => scalars[first + ScalarDeclaration.Find(all, name)]);
        long ownInside = ownScalars is null ? 0 : rule.InnerClock(own, name => ownScalars[first + ScalarDeclaration.Find(all, name)]);
        int next = first;
        var rules = new Rule[inner.Count];
        var moving = rule is Freeze frozen && thawed is not null ? layout.Where(shape => frozen.Tensors.Takes(shape) && thawed.Takes(shape)).ToList() : [];
        for (int i = 0; i < rules.Length; i++)
        {
            var seen = rule.SeenInside(i);
            rules[i] = Visit(inner[i].Rule, inside, ownInside, next, [.. seen is null ? late : late.Where(seen), .. moving]);
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
    private Rule WithClocks(LateTensors known, long clock, long own, int first, IReadOnlyList<TensorShape> late)
    {
        var rule = known.Inner;
        int count = rule.AllScalars().Count, each = rule.DeclareScalars().Count;
        after.AddRange(scalars.AsSpan(first, count));
        var joining = late.Select(shape => shape.Name).ToHashSet(StringComparer.Ordinal);
        if (!rule.CountsSteps())
        {
            joining.Clear();
        }

        // Those that had clocks and keep them, then those that join; who joins at the step at which the run began goes by the run's.
        var clocks = known.Names.Zip(known.JoinedAt).Where(pair => !joining.Contains(pair.First))
            .Select(pair => (Name: pair.First, JoinedAt: pair.Second, From: 1 + known.Clocks.Index().First(c => c.Item == pair.Second).Index, Scalars: scalars)).ToList();
        foreach (var shape in late.Where(shape => joining.Contains(shape.Name)))
        {
            int at = known.Names.Index().FirstOrDefault(name => name.Item == shape.Name, (Index: -1, Item: "")).Index;
            long before = ownScalars is null ? 0 : at < 0 ? own : own - known.JoinedAt[at];
            if (clock != before)
            {
                int from = ownScalars is null ? -1 : at < 0 ? 0 : 1 + known.Clocks.Index().First(c => c.Item == known.JoinedAt[at]).Index;
                clocks.Add((shape.Name, clock - before, from, ownScalars ?? scalars));
            }
        }

        foreach (var (_, _, from, values) in clocks.DistinctBy(each => each.JoinedAt))
        {
            // Of a clock's scalars the place is after the run's, those of its schedules included.
            after.AddRange(from < 0 ? rule.DeclareScalars().Select(scalar => scalar.Initial)
                : values.AsSpan(from == 0 ? first : first + count + ((from - 1) * each), each).ToArray());
        }

        return clocks.Count == 0 ? rule : new LateTensors(rule, [.. clocks.Select(each => each.Name)], [.. clocks.Select(each => each.JoinedAt)]);
    }
}
