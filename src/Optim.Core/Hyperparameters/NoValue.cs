using System.ComponentModel;

namespace Optim;

/// <summary>A type without values, of a parameter that nobody gives.</summary>
/// <remarks>
/// It is for the compiler of F#, which takes <c>Adam(LearningRate = 0.1 * 2.0)</c> for a product of schedules and refuses it (FS0001) where there is one constructor to call. Where there are two, one with such a parameter at
/// its end, it finds out that the argument is a number first and converts it then. C# never chooses that constructor.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class NoValue
{
    private NoValue()
    {
    }
}
