using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Optim.Values;

/// <summary>
/// The fields of a class that derives from a record without being one, as in F#. A record's own fields are compared by compiler-generated
/// code; these are not.
/// </summary>
internal static class SubclassFields
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Known = new();

    /// <summary>Whether two values, equal as records, have the same class and equal fields.</summary>
    /// <param name="left">A value.</param>
    /// <param name="right">Another.</param>
    /// <param name="record">The most derived record among the left one's classes: its <c>EqualityContract</c>.</param>
    public static bool Equal(object left, object right, Type record)
    {
        var type = left.GetType();
        return type == right.GetType()
            && (type == record
                || Array.TrueForAll(Of(type, record), field => StructuralComparisons.StructuralEqualityComparer.Equals(field.GetValue(left), field.GetValue(right))));
    }

    /// <summary>A hash of the class and its fields.</summary>
    public static int Hash(object value, Type record)
    {
        var type = value.GetType();
        var hash = default(HashCode);
        hash.Add(type);
        if (type != record)
        {
            foreach (var field in Of(type, record))
            {
                hash.Add(field.GetValue(value) is { } content ? StructuralComparisons.StructuralEqualityComparer.GetHashCode(content) : 0);
            }
        }

        return hash.ToHashCode();
    }

    [UnconditionalSuppressMessage(
        "Trimming", "IL2070:UnrecognizedReflectionPattern", Justification = "The records' own annotation keeps the fields of every class that derives from them.")]
    [UnconditionalSuppressMessage(
        "Trimming", "IL2075:UnrecognizedReflectionPattern", Justification = "The records' own annotation keeps the fields of every class that derives from them.")]
    private static FieldInfo[] Of(Type type, Type record) => Known.GetOrAdd(type, _ =>
    {
        var fields = new List<FieldInfo>();
        for (var layer = type; layer != record && layer is not null; layer = layer.BaseType)
        {
            fields.AddRange(layer.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        }

        return [.. fields];
    });
}
