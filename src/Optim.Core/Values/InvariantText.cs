using System.Globalization;
using System.Text;

namespace Optim.Values;

/// <summary>Records as text in the invariant culture: what the compiler writes as <c>PrintMembers</c> formats in the current one, which flows with the call alone.</summary>
internal static class InvariantText
{
    /// <param name="name">The record's name.</param>
    /// <param name="printMembers">Appends its members; false where there are none.</param>
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
