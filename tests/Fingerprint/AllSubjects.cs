using Optim.Fingerprint.Subjects;

namespace Optim.Fingerprint;

/// <summary>Everything that must have the same bits everywhere.</summary>
internal static class AllSubjects
{
    /// <summary>The subjects, in the order of expected.txt.</summary>
    /// <param name="inLength">Whether on more and longer inputs.</param>
    public static IReadOnlyList<Subject> Create(bool inLength) => [
        .. RuleSubjects.Create(inLength), .. ScheduleSubjects.Create(), .. InPlaceSubjects.Create(), .. StateSubjects.Create(), .. MinimizationSubjects.Create(),
    ];
}
