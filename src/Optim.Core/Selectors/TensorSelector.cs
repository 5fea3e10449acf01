using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Optim.Names;

namespace Optim;

/// <summary>Which tensors: by name, by rank, or by a function of the shape. Immutable, compared by value (a function by itself).</summary>
/// <remarks>
/// A selector in a rule that fits no tensor of the parameters is an error where a run begins (<see cref="Optimizer.Init{T}(Rule, TensorSet{T})"/>), because it is most often a name misspelt. Where none is fine,
/// say so: <see cref="OrNone"/>. <see cref="All"/> and <see cref="None"/> are always fine.
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

    /// <summary>In words.</summary>
    public string Text { get; }

    internal SelectorForm Form { get; }

    internal Func<TensorShape, bool> Matches { get; }

    internal Func<TensorShape, bool> Misses { get; }

    /// <summary>Tensors whose name fits a pattern: <c>*</c> stands for any characters, none included, <c>?</c> for one; upper and lower case differ.</summary>
    /// <param name="patterns">The patterns; a tensor that fits one of them is taken. At least one.</param>
    /// <exception cref="ArgumentException">There is no pattern, or an empty one.</exception>
    public static TensorSelector Named(params string[] patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        if (patterns.Length == 0 || Array.Exists(patterns, string.IsNullOrEmpty))
        {
            throw new ArgumentException($"{nameof(patterns)} must hold at least one pattern, and none of them empty.", nameof(patterns));
        }

        string text = string.Join(", ", patterns);
        Regex[] expressions = [.. patterns.Select(Expression)];
        return new(new SelectorForm.Named(new(patterns)), text, shape => Array.Exists(expressions, e => e.IsMatch(shape.Name)));
    }

    /// <summary>Tensors by their number of dimensions: 0 for a scalar, 1 for a vector, 2 for a matrix.</summary>
    /// <param name="least">The least.</param>
    /// <param name="most">The most; by default the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">The least is negative, or more than the most.</exception>
    public static TensorSelector OfRank(int least, int? most = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(least);
        int last = most ?? least;
        ArgumentOutOfRangeException.ThrowIfLessThan(last, least, nameof(most));
        string text = string.Create(CultureInfo.InvariantCulture, $"rank {least}{(last == least ? "" : last == int.MaxValue ? " or more" : $" to {last}")}");
        return new(new SelectorForm.Ranked(least, last), text, shape => shape.Dimensions.Count >= least && shape.Dimensions.Count <= last);
    }

    /// <summary>
    /// Tensors that a function chooses. A state asks it when it begins, and when it goes on with another rule that has a function of its own, and keeps the answers; two such selectors are equal when the
    /// function is the same.
    /// </summary>
    /// <param name="predicate">From a tensor's name and shape.</param>
    public static TensorSelector Where(Func<TensorShape, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return new(new SelectorForm.Chosen(predicate), "where ...", predicate);
    }

    /// <summary>The same tensors, and it is no error where there are none.</summary>
    public TensorSelector OrNone() => MayFitNothing ? this : new(new SelectorForm.Optional(Form), Text, Matches);

    /// <summary>The tensors that this does not take.</summary>
    public TensorSelector Not() => new(new SelectorForm.Not(Form), $"not ({Text})", shape => !Matches(shape));

    /// <summary>The tensors that this or another takes.</summary>
    /// <param name="other">The other.</param>
    public TensorSelector Or(TensorSelector other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(new SelectorForm.Or(Form, other.Form), $"({Text}) or ({other.Text})", shape => Matches(shape) || other.Matches(shape));
    }

    /// <summary>The tensors that both this and another take.</summary>
    /// <param name="other">The other.</param>
    public TensorSelector And(TensorSelector other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(new SelectorForm.And(Form, other.Form), $"({Text}) and ({other.Text})", shape => Matches(shape) && other.Matches(shape));
    }

    /// <summary>Whether a tensor is taken.</summary>
    /// <param name="shape">Its name and shape.</param>
    public bool Takes(TensorShape shape) => Matches(shape);

    /// <inheritdoc/>
    public bool Equals(TensorSelector? other) => other is not null && Form.Equals(other.Form);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorSelector);

    /// <inheritdoc/>
    public override int GetHashCode() => Form.GetHashCode();

    /// <summary>In words.</summary>
    public override string ToString() => Text;

    /// <summary>Whether a function is asked, which may answer otherwise another time.</summary>
    internal bool AsksFunction => Form.AsksFunction;

    /// <summary>The same selector, its answers about these tensors as they are now; itself where they have been asked for already.</summary>
    internal TensorSelector AskedFor(Layout layout) => !AsksFunction || layout.Equals(askedFor) ? this : new(this, layout);

    private bool MayFitNothing => Form is SelectorForm.All or SelectorForm.None or SelectorForm.Optional;

    /// <exception cref="ArgumentException">It fits no tensor, and was not said to be allowed that.</exception>
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

    private static Regex Expression(string pattern)
    {
        var expression = new StringBuilder("\\A");
        foreach (char c in pattern)
        {
            expression.Append(c switch { '*' => ".*", '?' => ".", _ => Regex.Escape(c.ToString()) });
        }

        return new(expression.Append("\\z").ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromSeconds(1));
    }
}
