using System.Globalization;
using Optim.Names;

namespace Optim;

/// <summary>Selects tensors by name, by rank, or by a predicate on the shape. Immutable, compared by value (predicates by reference).</summary>
/// <remarks>
/// A rule's selector that matches no tensor is an error at the start of a run (<see cref="Optimizer.Init{T}(Rule, TensorSet{T})"/>), because it is most often a misspelt name. To allow it,
/// use <see cref="OrNone"/>. <see cref="All"/> and <see cref="None"/> are always allowed.
/// </remarks>
public sealed class TensorSelector : IEquatable<TensorSelector>
{
    private readonly Layout? askedFor;

    private TensorSelector(SelectorForm form, string text, Func<TensorShape, bool> matches)
    {
        Form = form;
        Text = text;
        Matches = matches;
        Misses = shape => !matches(shape);
    }

    private TensorSelector(TensorSelector asked, Layout layout)
        : this(asked.Form, asked.Text, Answers(asked.Matches, layout)) => askedFor = layout;

    /// <summary>Every tensor.</summary>
    public static TensorSelector All { get; } = new(new SelectorForm.All(), "all", _ => true);

    /// <summary>No tensor.</summary>
    public static TensorSelector None { get; } = new(new SelectorForm.None(), "none", _ => false);

    /// <summary>A description.</summary>
    public string Text { get; }

    internal SelectorForm Form { get; }

    internal Func<TensorShape, bool> Matches { get; }

    internal Func<TensorShape, bool> Misses { get; }

    /// <summary>Tensors whose name matches a pattern: <c>*</c> matches any number of characters, <c>?</c> exactly one; case-sensitive.</summary>
    /// <param name="patterns">The patterns, at least one; a tensor is selected if any matches.</param>
    /// <exception cref="ArgumentException">There is no pattern, or an empty one.</exception>
    public static TensorSelector Named(params string[] patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        if (patterns.Length == 0 || Array.Exists(patterns, string.IsNullOrEmpty))
        {
            throw new ArgumentException($"{nameof(patterns)} must hold at least one pattern, and none of them empty.", nameof(patterns));
        }

        string text = string.Join(", ", patterns);
        NamePattern[] fitted = [.. patterns.Select(pattern => new NamePattern(pattern))];
        return new(new SelectorForm.Named(new(patterns)), text, shape => Array.Exists(fitted, pattern => pattern.Fits(shape.Name)));
    }

    /// <summary>Tensors by their number of dimensions: 0 for a scalar, 1 for a vector, 2 for a matrix.</summary>
    /// <param name="least">The minimum.</param>
    /// <param name="most">The maximum; by default the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">The minimum is negative, or more than the maximum.</exception>
    public static TensorSelector OfRank(int least, int? most = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(least);
        int last = most ?? least;
        ArgumentOutOfRangeException.ThrowIfLessThan(last, least, nameof(most));
        string text = string.Create(CultureInfo.InvariantCulture, $"rank {least}{(last == least ? "" : last == int.MaxValue ? " or more" : $" to {last}")}");
        return new(new SelectorForm.Ranked(least, last), text, shape => shape.Dimensions.Count >= least && shape.Dimensions.Count <= last);
    }

    /// <summary>
    /// Tensors selected by a predicate. A state evaluates it when it begins, and when it continues with another rule that has a predicate of its own, and keeps the results; two such selectors are equal if the
    /// predicate is the same object.
    /// </summary>
    /// <param name="predicate">From a tensor's name and shape.</param>
    public static TensorSelector Where(Func<TensorShape, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return new(new SelectorForm.Chosen(predicate), "where ...", predicate);
    }

    /// <summary>The same tensors; matching none is not an error.</summary>
    public TensorSelector OrNone() => MayFitNothing ? this : new(new SelectorForm.Optional(Form), Text, Matches);

    /// <summary>The tensors not selected by this.</summary>
    public TensorSelector Not() => new(new SelectorForm.Not(Form), $"not ({Text})", shape => !Matches(shape));

    /// <summary>The tensors selected by this or another.</summary>
    /// <param name="other">The other.</param>
    public TensorSelector Or(TensorSelector other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(new SelectorForm.Or(Form, other.Form), $"({Text}) or ({other.Text})", shape => Matches(shape) || other.Matches(shape));
    }

    /// <summary>The tensors selected by both this and another.</summary>
    /// <param name="other">The other.</param>
    public TensorSelector And(TensorSelector other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(new SelectorForm.And(Form, other.Form), $"({Text}) and ({other.Text})", shape => Matches(shape) && other.Matches(shape));
    }

    /// <summary>Whether a tensor is selected.</summary>
    /// <param name="shape">Its name and shape.</param>
    public bool Takes(TensorShape shape) => Matches(shape);

    /// <inheritdoc/>
    public bool Equals(TensorSelector? other) => other is not null && Form.Equals(other.Form);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorSelector);

    /// <inheritdoc/>
    public override int GetHashCode() => Form.GetHashCode();

    /// <summary>A description.</summary>
    public override string ToString() => Text;

    /// <summary>Whether it evaluates a predicate, which may change its result over time.</summary>
    internal bool AsksFunction => Form.AsksFunction;

    /// <summary>The same selector with its results for these tensors fixed; itself if they already are.</summary>
    /// <param name="layout">The tensors.</param>
    /// <param name="ranks">Whether those of <see cref="OfRank"/> are fixed too: for layouts in which the tensors have other shapes.</param>
    internal TensorSelector AskedFor(Layout layout, bool ranks = false) => !(ranks ? Form.AsksShape : AsksFunction) || layout.Equals(askedFor) ? this : new(this, layout);

    /// <summary>The characters of its patterns that are looked for anywhere in a name; see <see cref="NamePattern.MiddleLength"/>.</summary>
    internal double MiddleLength => Form.MiddleLength;

    private bool MayFitNothing => Form is SelectorForm.All or SelectorForm.None or SelectorForm.Optional;

    /// <exception cref="ArgumentException">It matches no tensor, and <see cref="OrNone"/> was not used.</exception>
    internal void RequireFit(string holder, Layout layout)
    {
        if (MayFitNothing || layout.Count == 0 || layout.Any(Matches))
        {
            return;
        }

        var names = layout.Select(shape => shape.Name).ToList();
        string near = Form is SelectorForm.Named { Patterns: var patterns }
            ? string.Join(", ", patterns.Select(pattern => $"{NearestNames.Text(pattern, names)} ('{pattern}')"))
            : $"the tensors are {layout}";
        throw new ArgumentException(
            $"A selector of {holder} must fit at least one tensor, and '{Text}' fits none: {near}. Where none is fine, say so: TensorSelector.OrNone().", "rule");
    }

    /// <summary>What a function answers now, by name: a rule for some of the tensors sees the others too, without their elements.</summary>
    private static Func<TensorShape, bool> Answers(Func<TensorShape, bool> matches, Layout layout)
    {
        var answers = layout.ToDictionary(shape => shape.Name, matches, StringComparer.Ordinal);
        return shape => answers.TryGetValue(shape.Name, out bool answer) ? answer : matches(shape);
    }
}
