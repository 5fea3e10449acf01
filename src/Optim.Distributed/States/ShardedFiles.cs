using System.Globalization;

namespace Optim.Distributed;

/// <summary>The files of checkpoints across ranks in a folder: for each step a manifest, <c>step-0000000120.json</c>, and the parts that it names.</summary>
/// <param name="folder">The folder.</param>
internal sealed class ShardedFiles(string folder)
{
    private const string Prefix = "step-", PartMark = ".part-", Ending = ".safetensors", ManifestEnding = ".json";

    /// <summary>The steps that have a manifest, the earliest first.</summary>
    public IReadOnlyList<long> Steps => Directory.Exists(folder)
        ? Array.AsReadOnly<long>([.. Directory.EnumerateFiles(folder, Prefix + "*" + ManifestEnding).Select(StepOf).OfType<long>().Order()])
        : [];

    public string ManifestOf(long step) => Path.Combine(folder, Name(step) + ManifestEnding);

    /// <summary>What the names of a save's files begin with.</summary>
    public static string Name(long step) => Prefix + step.ToString("D10", CultureInfo.InvariantCulture);

    public string PartOf(string save, int part, int parts) => Path.Combine(folder, FormattableString.Invariant($"{save}{PartMark}{part}-of-{parts}{Ending}"));

    /// <summary>Whether a step's manifest and all that it names are there, and as they were written.</summary>
    /// <param name="step">The step.</param>
    /// <param name="contents">Whether the contents are asked, too, which reads all of them; not the headers alone, which say how long a file is.</param>
    public bool IsWhole(long step, bool contents)
    {
        try
        {
            var manifest = CheckpointManifest.Read(ManifestOf(step), step);
            foreach (string file in FilesOf(manifest))
            {
                if (contents)
                {
                    Checkpoint.Notes(file);
                }
                else
                {
                    SafetensorsFile.Open(file).Dispose();
                }
            }

            return true;
        }
        catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Removes what is older than the checkpoints that are kept, and the parts that no manifest names, those of saves that were cut off too. What cannot be removed is left for the next time.</summary>
    /// <param name="saved">The step saved just now.</param>
    /// <param name="keep">How many whole ones are kept.</param>
    /// <param name="isDamaged">Whether a step is known to be damaged.</param>
    /// <remarks>A damaged one counts for nothing, so that a whole one is not removed for it; it is kept with its parts while there is an older one that is kept.</remarks>
    public void RemoveOld(long saved, int keep, Func<long, bool> isDamaged)
    {
        try
        {
            var kept = new HashSet<string>(StringComparer.Ordinal);
            int whole = 0;
            foreach (long step in Steps.Reverse())
            {
                if (whole == keep)
                {
                    TryDelete(ManifestOf(step));
                    continue;
                }

                kept.UnionWith(SavesOf(step));
                whole += step == saved || (!isDamaged(step) && IsWhole(step, contents: false)) ? 1 : 0;
            }

            foreach (string file in PartFiles(Prefix).Where(file => !kept.Contains(SaveOf(file))))
            {
                TryDelete(file);
            }

            // All ranks have written theirs: what is left over is of processes that were killed.
            AtomicFile.RemoveStale(folder, Prefix);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The checkpoint is written: that the folder cannot be read for a moment does not undo it.
        }
    }

    /// <summary>What the files of a step's parts begin with: as its manifest says, or where that is damaged all that its name may have meant.</summary>
    private IEnumerable<string> SavesOf(long step)
    {
        try
        {
            var manifest = CheckpointManifest.Read(ManifestOf(step), step);
            return [manifest.Save, manifest.Best];
        }
        catch (CheckpointException)
        {
            return PartFiles(Name(step) + ".").Select(SaveOf);
        }
    }

    private IEnumerable<string> FilesOf(CheckpointManifest manifest) =>
        from save in (string[])[manifest.Save, manifest.Best]
        where save.Length > 0
        from part in Enumerable.Range(0, manifest.Ends.Count)
        select PartOf(save, part, manifest.Ends.Count);

    private List<string> PartFiles(string beginning) => [.. Directory.EnumerateFiles(folder, $"{beginning}*{PartMark}*{Ending}")];

    private static string SaveOf(string file) => Path.GetFileName(file) is var name ? name[..name.IndexOf(PartMark, StringComparison.Ordinal)] : "";

    private static long? StepOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : null;

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody reads it, or it is not this user's.
        }
    }
}
