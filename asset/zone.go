package asset

import (
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// timeZone checks the name of a time zone: one of Windows's, in any
// capitalisation.
func (c *checker) timeZone(t pipeline.Text, at string) {
	if blank(t) {
		return
	}
	zones := timeZones()
	for _, z := range zones {
		if strings.EqualFold(z, t.Value) {
			return
		}
	}
	d := c.errorf(t.Range, diag.CodeBadValue, at, "%q is not a time zone of Azure ML", t.Value)
	windows := windowsZone(t.Value)
	if windows == "" && !strings.Contains(t.Value, "/") {
		windows = diag.Suggest(t.Value, zones)
	}
	if d.Hint = "use one of Windows's names, such as \"UTC\" or \"W. Europe Standard Time\""; windows != "" {
		d.Hint = "did you mean \"" + windows + "\"? Time zones have Windows's names"
	}
}

// timeZones are those of azure-ai-ml's TimeZone, which are those of the
// appendix of reference-yaml-schedule; and, at the end, those that Windows has
// learnt since.
func timeZones() []string {
	return []string{
		"Dateline Standard Time", "UTC-11", "Aleutian Standard Time", "Hawaiian Standard Time", "Marquesas Standard Time",
		"Alaskan Standard Time", "UTC-09", "Pacific Standard Time (Mexico)", "UTC-08", "Pacific Standard Time",
		"US Mountain Standard Time", "Mountain Standard Time (Mexico)", "Mountain Standard Time",
		"Central America Standard Time", "Central Standard Time", "Easter Island Standard Time",
		"Central Standard Time (Mexico)", "Canada Central Standard Time", "SA Pacific Standard Time",
		"Eastern Standard Time (Mexico)", "Eastern Standard Time", "Haiti Standard Time", "Cuba Standard Time",
		"US Eastern Standard Time", "Paraguay Standard Time", "Atlantic Standard Time", "Venezuela Standard Time",
		"Central Brazilian Standard Time", "SA Western Standard Time", "Pacific SA Standard Time",
		"Turks And Caicos Standard Time", "Newfoundland Standard Time", "Tocantins Standard Time",
		"E. South America Standard Time", "SA Eastern Standard Time", "Argentina Standard Time", "Greenland Standard Time",
		"Montevideo Standard Time", "Saint Pierre Standard Time", "Bahia Standard Time", "UTC-02",
		"Mid-Atlantic Standard Time", "Azores Standard Time", "Cape Verde Standard Time", "UTC", "Morocco Standard Time",
		"GMT Standard Time", "Greenwich Standard Time", "W. Europe Standard Time", "Central Europe Standard Time",
		"Romance Standard Time", "Central European Standard Time", "W. Central Africa Standard Time",
		"Namibia Standard Time", "Jordan Standard Time", "GTB Standard Time", "Middle East Standard Time",
		"Egypt Standard Time", "E. Europe Standard Time", "Syria Standard Time", "West Bank Standard Time",
		"South Africa Standard Time", "FLE Standard Time", "Turkey Standard Time", "Israel Standard Time",
		"Kaliningrad Standard Time", "Libya Standard Time", "Arabic Standard Time", "Arab Standard Time",
		"Belarus Standard Time", "Russian Standard Time", "E. Africa Standard Time", "Iran Standard Time",
		"Arabian Standard Time", "Astrakhan Standard Time", "Azerbaijan Standard Time", "Russia Time Zone 3",
		"Mauritius Standard Time", "Georgian Standard Time", "Caucasus Standard Time", "Afghanistan Standard Time",
		"West Asia Standard Time", "Ekaterinburg Standard Time", "Pakistan Standard Time", "India Standard Time",
		"Sri Lanka Standard Time", "Nepal Standard Time", "Central Asia Standard Time", "Bangladesh Standard Time",
		"N. Central Asia Standard Time", "Myanmar Standard Time", "SE Asia Standard Time", "Altai Standard Time",
		"W. Mongolia Standard Time", "North Asia Standard Time", "Tomsk Standard Time", "China Standard Time",
		"North Asia East Standard Time", "Singapore Standard Time", "W. Australia Standard Time", "Taipei Standard Time",
		"Ulaanbaatar Standard Time", "North Korea Standard Time", "Aus Central W. Standard Time",
		"Transbaikal Standard Time", "Tokyo Standard Time", "Korea Standard Time", "Yakutsk Standard Time",
		"Cen. Australia Standard Time", "AUS Central Standard Time", "E. Australia Standard Time",
		"AUS Eastern Standard Time", "West Pacific Standard Time", "Tasmania Standard Time", "Vladivostok Standard Time",
		"Lord Howe Standard Time", "Bougainville Standard Time", "Russia Time Zone 10", "Magadan Standard Time",
		"Norfolk Standard Time", "Sakhalin Standard Time", "Central Pacific Standard Time", "Russia Time Zone 11",
		"New Zealand Standard Time", "UTC+12", "Fiji Standard Time", "Kamchatka Standard Time",
		"Chatham Islands Standard Time", "Tonga Standard Time", "Samoa Standard Time", "Line Islands Standard Time",
		"Sudan Standard Time", "South Sudan Standard Time", "Sao Tome Standard Time", "Magallanes Standard Time",
		"Saratov Standard Time", "Volgograd Standard Time", "Omsk Standard Time", "Qyzylorda Standard Time",
		"Yukon Standard Time", "UTC+13",
	}
}

// windowsZone is the Windows name of a zone by its IANA name or abbreviation,
// for those that people write most.
// Source: Unicode CLDR, windowsZones.
func windowsZone(name string) string {
	for windows, others := range windowsZones() {
		for other := range strings.FieldsSeq(others) {
			if strings.EqualFold(other, name) {
				return windows
			}
		}
	}
	return ""
}

// windowsZones are other names of time zones by those of Windows.
func windowsZones() map[string]string {
	return map[string]string{
		"UTC":                             "gmt z etc/utc etc/gmt zulu universal",
		"W. Europe Standard Time":         "europe/berlin europe/rome europe/vienna europe/zurich europe/amsterdam europe/stockholm europe/oslo cet cest",
		"GMT Standard Time":               "europe/london europe/dublin europe/lisbon bst",
		"Romance Standard Time":           "europe/paris europe/madrid europe/brussels europe/copenhagen",
		"Central Europe Standard Time":    "europe/budapest europe/prague europe/belgrade europe/bratislava",
		"Central European Standard Time":  "europe/warsaw europe/zagreb europe/sarajevo",
		"FLE Standard Time":               "europe/helsinki europe/kiev europe/kyiv europe/sofia europe/riga europe/vilnius europe/tallinn",
		"GTB Standard Time":               "europe/athens europe/bucharest",
		"Turkey Standard Time":            "europe/istanbul",
		"Russian Standard Time":           "europe/moscow msk",
		"Pacific Standard Time":           "america/los_angeles us/pacific pst pdt pt",
		"Mountain Standard Time":          "america/denver us/mountain mst mdt",
		"Central Standard Time":           "america/chicago us/central cst cdt",
		"Eastern Standard Time":           "america/new_york us/eastern america/toronto est edt et",
		"E. South America Standard Time":  "america/sao_paulo",
		"Argentina Standard Time":         "america/buenos_aires america/argentina/buenos_aires",
		"SA Pacific Standard Time":        "america/bogota america/lima",
		"India Standard Time":             "asia/kolkata asia/calcutta ist",
		"China Standard Time":             "asia/shanghai asia/hong_kong",
		"Tokyo Standard Time":             "asia/tokyo japan jst",
		"Korea Standard Time":             "asia/seoul kst",
		"Singapore Standard Time":         "asia/singapore asia/kuala_lumpur",
		"SE Asia Standard Time":           "asia/bangkok asia/jakarta asia/ho_chi_minh",
		"Arabian Standard Time":           "asia/dubai",
		"Arab Standard Time":              "asia/riyadh",
		"Israel Standard Time":            "asia/jerusalem",
		"AUS Eastern Standard Time":       "australia/sydney australia/melbourne aest aedt",
		"E. Australia Standard Time":      "australia/brisbane",
		"W. Australia Standard Time":      "australia/perth",
		"New Zealand Standard Time":       "pacific/auckland nzst nzdt",
		"South Africa Standard Time":      "africa/johannesburg",
		"W. Central Africa Standard Time": "africa/lagos",
		"Egypt Standard Time":             "africa/cairo",
		"E. Africa Standard Time":         "africa/nairobi",
	}
}
