using System.Globalization;
using System.Text;

namespace Optim.Values;

/// <summary>Formats records in the invariant culture: the compiler-generated <c>PrintMembers</c> uses the current culture, which is set only for the call.</summary>
internal static class InvariantText
{
    /// <param name="name">The record's name.</param>
    /// <param name="printMembers">Appends its members; false if there are none.</param>
    public static string Of(string name, Func<StringBuilder, bool> printMembers)
    {
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            var text = new StringBuilder(name).Append(" { ");
            return (printMembers(text) ? text.Append(' ') : text).Append('}').ToString();
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
