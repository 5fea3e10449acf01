using System.Globalization;

namespace Optim.Checkpoints;

/// <summary>
/// Whether a file's tensors can be what its rule keeps, found by counting: a few bytes of a rule can ask for billions of slots, or for names to be compared for hours, and nothing of that may be begun.
/// </summary>
internal sealed class RuleSize
{
    /// <summary>What listing may take: so many bytes for any file, and so many for each that its tensors take in its header. A file is promised 64 a byte and a megabyte.</summary>
    private const double AllowedBytes = 400_000, BytesEach = 32, BytesOfTensor = 60;

    /// <summary>
    /// What a slot takes at every rule that lists it, for itself, for each parameter and for each character of their names; what it takes for itself and for each parameter with each rule inside the one that lists it,
    /// as each makes its name longer; what a number takes.
    /// </summary>
    private const double BytesOfSlot = 400, BytesOfShape = 250, BytesOfCharacter = 8, BytesOfPrefix = 30, BytesOfNumber = 150;

    /// <summary>Selectors times tensors: so many, and so many for each tensor of the file.</summary>
    private const long AllowedPairs = 4096, PairsEach = 64;

    /// <summary>Comparisons of characters; so many take a fraction of a second.</summary>
    private const double MostComparisons = 1 << 28, ComparedAtOnce = 16;

    private readonly SafetensorsFile file;
    private readonly Layout parameters;
    private readonly double characters;
    private readonly double most;
    private long selectors;
    private double bytes, comparisons;

    private RuleSize(SafetensorsFile file, Layout parameters)
    {
        this.file = file;
        this.parameters = parameters;
        characters = parameters.Sum(shape => (double)shape.Name.Length);
        most = AllowedBytes + (BytesEach * file.Tensors.Sum(entry => BytesOfTensor + entry.Name.Length));
    }

    /// <exception cref="CheckpointException">The rule is beyond the file.</exception>
    public static void Require(SafetensorsFile file, Rule rule, Layout parameters) => new RuleSize(file, parameters).Add(rule);

    /// <summary>Adds up what a rule, and every one inside it, asks for: those inside first, so that none that is beyond the file is ever asked for its list.</summary>
    /// <returns>How many rules lie within each other inside this one.</returns>
    private int Add(Rule rule)
    {
        int depth = 0;
        foreach (var part in rule.DeclareInner())
        {
            depth = Math.Max(depth, Add(part.Rule) + 1);
        }

        int slots = RuleTree.SlotCount(rule);
        bytes += slots * (BytesOfSlot + (BytesOfShape * parameters.Count) + (BytesOfCharacter * characters) + (BytesOfPrefix * depth * (1 + parameters.Count)));
        RequireBytes(FormattableString.Invariant($"{slots} slots"));
        int numbers = rule.AllScalars().Count;
        bytes += numbers * BytesOfNumber;
        RequireBytes(FormattableString.Invariant($"{numbers} numbers"));
        foreach (var selector in rule.Selectors)
        {
            selectors++;
            if (selectors * parameters.Count > AllowedPairs + (PairsEach * file.Tensors.Count))
            {
                throw Beyond("more selectors");
            }

            comparisons += (selector.MiddleLength / ComparedAtOnce * characters) + parameters.Count;
            if (comparisons > MostComparisons)
            {
                throw file.Wrong("the rule's patterns and the tensors' names are too long together.", CheckpointContent.RuleKey);
            }
        }

        return depth;
    }

    private void RequireBytes(string what)
    {
        if (bytes > most)
        {
            throw Beyond(what);
        }
    }

    private CheckpointException Beyond(string what) => file.Wrong(
        string.Create(CultureInfo.InvariantCulture, $"the rule asks for {what}, each of {parameters.Count} tensor{(parameters.Count == 1 ? "" : "s")}, more than a file with {file.Tensors.Count} in all can have."), CheckpointContent.RuleKey);
}
